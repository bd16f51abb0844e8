import {
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { SqsRequest } from '../../../local/faults.ts';
import { startSqs } from '../../../local/sqs/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const sqs = useEndpoint(
  'SQS',
  () => startSqs({ queues: ['work'] }),
  (config) => new SQSClient(config),
);

function send(input: Partial<SendMessageCommandInput> = {}) {
  return sqs.client.send(
    new SendMessageCommand({ QueueUrl: sqs.endpoint.queueUrl('work'), MessageBody: 'hello', ...input }),
  );
}

const mebibyte = 1_048_576;

describe('SendMessage', () => {
  // The SDK verifies the MD5 in the answer and would throw.
  it.each(['hello', '{"é":"😀"}\n\t', ' '])('stores %j and answers its MD5', async (MessageBody) => {
    const { MessageId } = await send({ MessageBody, DelaySeconds: 7 });
    expect(sqs.endpoint.messages('work')).toEqual([
      { messageId: MessageId, body: MessageBody, delaySeconds: 7 },
    ]);
  });

  it('stores messages in order until they are drained', async () => {
    for (const MessageBody of ['a', 'b', 'c']) await send({ MessageBody });
    expect(sqs.endpoint.messages('work').map(({ body }) => body)).toEqual(['a', 'b', 'c']);
    expect(sqs.endpoint.drain('work').map(({ body }) => body)).toEqual(['a', 'b', 'c']);
    expect(sqs.endpoint.messages('work')).toEqual([]);
  });

  it.each([mebibyte - 1, mebibyte])('accepts %i bytes', async (bytes) => {
    await send({ MessageBody: 'x'.repeat(bytes) });
    expect(sqs.endpoint.messages('work')).toHaveLength(1);
  });

  it('rejects 1,048,577 bytes, and counts UTF-8 bytes and attributes', async () => {
    const tooLong = {
      name: 'InvalidParameterValue',
      message: 'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
    };
    const attribute = { n: { DataType: 'String', StringValue: 'v' } };
    expect(await failureOf(send({ MessageBody: 'x'.repeat(mebibyte + 1) }))).toMatchObject(tooLong);
    expect(await failureOf(send({ MessageBody: `é${'x'.repeat(mebibyte - 1)}` }))).toMatchObject(tooLong);
    expect(
      await failureOf(send({ MessageBody: 'x'.repeat(mebibyte - 7), MessageAttributes: attribute })),
    ).toMatchObject(tooLong);
    expect(sqs.endpoint.messages('work')).toEqual([]);
    await send({ MessageBody: 'x'.repeat(mebibyte - 8), MessageAttributes: attribute });
    expect(sqs.endpoint.messages('work')).toHaveLength(1);
  });

  it('accepts delays of 0 to 900 seconds', async () => {
    for (const DelaySeconds of [0, 899, 900]) await send({ DelaySeconds });
    for (const DelaySeconds of [-1, 901]) {
      expect(await failureOf(send({ DelaySeconds }))).toMatchObject({
        name: 'InvalidParameterValue',
        message: `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`,
      });
    }
    expect(sqs.endpoint.messages('work').map(({ delaySeconds }) => delaySeconds)).toEqual([0, 899, 900]);
  });

  it.each([
    ['no body', { MessageBody: '' }, 'MissingParameter'],
    ['a control character', { MessageBody: 'a\u0000b' }, 'InvalidMessageContents'],
    ['a character outside XML', { MessageBody: 'a\ufffe' }, 'InvalidMessageContents'],
  ])('rejects %s', async (_, input, name) => {
    expect(await failureOf(send(input))).toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('fails for an unknown queue, with both names of the error', async () => {
    const QueueUrl = sqs.endpoint.queueUrl('elsewhere');
    expect(await failureOf(send({ QueueUrl }))).toMatchObject({
      name: 'QueueDoesNotExist',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      $metadata: { httpStatusCode: 400 },
    });
    expect(sqs.endpoint.messages('elsewhere')).toEqual([]);
  });
});

describe('SendMessageBatch', () => {
  const sendBatch = (Entries: { Id: string; MessageBody: string; DelaySeconds?: number }[]) =>
    sqs.client.send(new SendMessageBatchCommand({ QueueUrl: sqs.endpoint.queueUrl('work'), Entries }));
  const entries = (count: number, MessageBody = 'x') =>
    Array.from({ length: count }, (_, index) => ({ Id: `${index}`, MessageBody }));

  it('accepts up to 10 messages and rejects only invalid ones', async () => {
    const [first, ...others] = entries(10);
    const answer = await sendBatch([{ Id: '0', MessageBody: 'x', ...first, DelaySeconds: 901 }, ...others]);
    expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(answer.Failed).toMatchObject([{ Id: '0', Code: 'InvalidParameterValue', SenderFault: true }]);
    expect(sqs.endpoint.messages('work')).toHaveLength(9);
  });

  it('accepts 1 MiB in total', async () => {
    await sendBatch(entries(2, 'x'.repeat(mebibyte / 2)));
    expect(sqs.endpoint.messages('work')).toHaveLength(2);
  });

  it.each([
    ['no entry', entries(0), 'EmptyBatchRequest'],
    ['11 entries', entries(11), 'TooManyEntriesInBatchRequest'],
    ['a duplicate ID', [...entries(2), ...entries(1)], 'BatchEntryIdsNotDistinct'],
    [
      'more than 1 MiB in total',
      [...entries(2, 'x'.repeat(mebibyte / 2)), { Id: 'a', MessageBody: 'x' }],
      'BatchRequestTooLong',
    ],
  ])('rejects %s', async (_, batch, name) => {
    expect(await failureOf(sendBatch(batch))).toMatchObject({ name });
    expect(sqs.endpoint.messages('work')).toEqual([]);
  });
});

describe('GetQueueUrl', () => {
  it('returns the URL to send to', async () => {
    const { QueueUrl } = await sqs.client.send(new GetQueueUrlCommand({ QueueName: 'work' }));
    expect(QueueUrl).toBe(sqs.endpoint.queueUrl('work'));
    expect(
      await failureOf(sqs.client.send(new GetQueueUrlCommand({ QueueName: 'elsewhere' }))),
    ).toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });
});

describe('a request', () => {
  it('is rejected unless it is signed for SQS', async () => {
    const send = async (headers: Record<string, string>) => {
      const answer = await fetch(sqs.endpoint.url, {
        method: 'POST',
        body: JSON.stringify({ QueueUrl: sqs.endpoint.queueUrl('work'), MessageBody: 'x' }),
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'AmazonSQS.SendMessage',
          ...headers,
        },
      });
      return answer.headers.get('x-amzn-query-error');
    };
    const signed = (service: string) => ({
      authorization: `AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
    });
    expect(await send({})).toBe('MissingAuthenticationTokenException;Sender');
    expect(await send(signed('s3'))).toBe('InvalidSignatureException;Sender');
    expect(sqs.endpoint.messages('work')).toEqual([]);
    expect(await send(signed('sqs'))).toBeNull();
    expect(sqs.endpoint.messages('work')).toHaveLength(1);
  });
});

describe('a fault', () => {
  it.each([
    ['serverError', { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } }, 0],
    ['accessDenied', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }, 0],
    ['resetBefore', { name: 'TimeoutError', code: 'ECONNRESET' }, 0],
    ['resetAfter', { name: 'TimeoutError', code: 'ECONNRESET' }, 1],
    ['refuse', { name: 'TimeoutError', code: 'ECONNRESET' }, 0],
  ] as const)('%s fails the call', async (kind, failure, messages) => {
    sqs.endpoint.reset(() => ({ kind }));
    expect(await failureOf(send())).toMatchObject(failure);
    expect(sqs.endpoint.messages('work')).toHaveLength(messages);
    expect(sqs.endpoint.faultsExercised[kind]).toBe(1);
  });

  it('is selected by a hook that sees each call once, until a reset', async () => {
    const seen: SqsRequest[] = [];
    sqs.endpoint.reset((request) => void seen.push(request));
    await send();
    await sqs.client.send(new GetQueueUrlCommand({ QueueName: 'work' }));
    sqs.endpoint.reset();
    await send();
    expect(seen).toEqual([
      { operation: 'SendMessage', queue: 'work', entryCount: 1, sequence: 0 },
      { operation: 'GetQueueUrl', queue: 'work', entryCount: 0, sequence: 1 },
    ]);
    expect(sqs.endpoint.messages('work')).toHaveLength(1);
  });
});
