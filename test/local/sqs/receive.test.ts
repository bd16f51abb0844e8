import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import { startSqs } from '../../../local/sqs/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const START = Date.UTC(2026, 10, 3);
let now = START;
const sqs = useEndpoint(
  'SQS',
  () => startSqs({ queues: ['work'], now: () => now }),
  (config) => new SQSClient(config),
);
beforeEach(() => {
  now = START;
});

const queue = () => ({ QueueUrl: sqs.endpoint.queueUrl('work') });

function send(MessageBody: string, input: Partial<SendMessageCommandInput> = {}) {
  return sqs.client.send(new SendMessageCommand({ ...queue(), MessageBody, ...input }));
}

async function receive(input: Partial<ReceiveMessageCommandInput> = {}) {
  const answer = await sqs.client.send(new ReceiveMessageCommand({ ...queue(), ...input }));
  return answer.Messages ?? [];
}

async function receiveOne(input: Partial<ReceiveMessageCommandInput> = {}) {
  const [message, ...others] = await receive(input);
  if (!message || others.length > 0) throw new Error(`expected one message, got ${others.length + 1}`);
  return message;
}

function change(ReceiptHandle: string | undefined, VisibilityTimeout: number) {
  return sqs.client.send(
    new ChangeMessageVisibilityCommand({ ...queue(), ReceiptHandle, VisibilityTimeout }),
  );
}

function remove(ReceiptHandle: string | undefined) {
  return sqs.client.send(new DeleteMessageCommand({ ...queue(), ReceiptHandle }));
}

/** Returns how many messages are visible, hidden and delayed. */
async function counts(): Promise<number[]> {
  const { Attributes = {} } = await sqs.client.send(
    new GetQueueAttributesCommand({ ...queue(), AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
  const { ApproximateNumberOfMessagesDelayed } = Attributes;
  return [
    ApproximateNumberOfMessages,
    ApproximateNumberOfMessagesNotVisible,
    ApproximateNumberOfMessagesDelayed,
  ].map(Number);
}

const bodies = (messages: { Body?: string }[]) => messages.map(({ Body }) => Body);

describe('ReceiveMessage', () => {
  it('returns up to ten messages, and hides them for the visibility timeout', async () => {
    for (let n = 0; n < 12; n++) await send(`${n}`);
    expect(bodies(await receive())).toEqual(['0']);
    expect(bodies(await receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 5 }))).toHaveLength(10);
    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(['11']);
    expect(await receive({ MaxNumberOfMessages: 10 })).toEqual([]);
    expect(await counts()).toEqual([0, 12, 0]);
    now += 4_999;
    expect(await counts()).toEqual([0, 12, 0]);
    now += 1;
    expect(await counts()).toEqual([10, 2, 0]);
    // 30 s by default.
    now = START + 29_999;
    expect(await counts()).toEqual([10, 2, 0]);
    now += 1;
    expect(await counts()).toEqual([12, 0, 0]);
  });

  it('does not return a delayed message', async () => {
    await send('later', { DelaySeconds: 10 });
    now += 9_999;
    expect(await counts()).toEqual([0, 0, 1]);
    expect(await receive()).toEqual([]);
    now += 1;
    expect(bodies(await receive())).toEqual(['later']);
  });

  it('returns only the requested attributes', async () => {
    const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
    await send('a', { MessageAttributes: { one: attribute('1'), 'two.a': attribute('2') } });
    const plain = await receiveOne({ VisibilityTimeout: 0 });
    expect([plain.Attributes, plain.MessageAttributes]).toEqual([undefined, undefined]);
    now += 1000;
    const all = await receiveOne({
      ...{ VisibilityTimeout: 0, MessageAttributeNames: ['All'] },
      MessageSystemAttributeNames: ['All'],
    });
    expect(all.MessageAttributes).toEqual({ one: attribute('1'), 'two.a': attribute('2') });
    expect(all.Attributes).toMatchObject({
      SentTimestamp: String(START),
      ApproximateFirstReceiveTimestamp: String(START),
      ApproximateReceiveCount: '2',
    });
    const some = await receiveOne({
      MessageAttributeNames: ['two.*'],
      MessageSystemAttributeNames: ['SentTimestamp'],
    });
    expect(some.MessageAttributes).toEqual({ 'two.a': attribute('2') });
    expect(some.Attributes).toEqual({ SentTimestamp: String(START) });
  });

  it.each([
    [{ MaxNumberOfMessages: 0 }],
    [{ MaxNumberOfMessages: 11 }],
    [{ VisibilityTimeout: -1 }],
    [{ VisibilityTimeout: 43_201 }],
    [{ WaitTimeSeconds: 21 }],
  ])('rejects %j', async (input) => {
    expect(await failureOf(receive(input))).toMatchObject({ name: 'InvalidParameterValue' });
  });
});

describe('DeleteMessage', () => {
  it('deletes a message, and answers success if it is gone', async () => {
    await send('a');
    const { ReceiptHandle } = await receiveOne();
    await remove(ReceiptHandle);
    expect(await counts()).toEqual([0, 0, 0]);
    await remove(ReceiptHandle);
  });

  it('deletes a visible message unless it was received again', async () => {
    for (const body of ['a', 'b']) await send(body);
    const [a, b] = await receive({ MaxNumberOfMessages: 2, VisibilityTimeout: 0 });
    await receiveOne();
    await remove(a?.ReceiptHandle);
    await remove(b?.ReceiptHandle);
    expect(sqs.endpoint.messages('work').map(({ body }) => body)).toEqual(['a']);
  });

  it('rejects text that is not a receipt handle', async () => {
    expect(await failureOf(remove('text'))).toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
});

describe('ChangeMessageVisibility', () => {
  it('hides a message for longer, or makes it visible', async () => {
    await send('a');
    const { ReceiptHandle } = await receiveOne({ VisibilityTimeout: 1 });
    await change(ReceiptHandle, 10);
    now += 9_999;
    expect(await counts()).toEqual([0, 1, 0]);
    await change(ReceiptHandle, 0);
    expect(await counts()).toEqual([1, 0, 0]);
  });

  it('rejects a message that is visible, deleted or received again', async () => {
    await send('a');
    const { ReceiptHandle } = await receiveOne({ VisibilityTimeout: 1 });
    now += 1000;
    const notInFlight = { name: 'InvalidParameterValue' };
    expect(await failureOf(change(ReceiptHandle, 0))).toMatchObject(notInFlight);
    const again = await receiveOne();
    expect(await failureOf(change(ReceiptHandle, 0))).toMatchObject(notInFlight);
    await remove(again.ReceiptHandle);
    expect(await failureOf(change(again.ReceiptHandle, 0))).toMatchObject(notInFlight);
  });

  it('changes several messages, and reports each that it cannot change', async () => {
    for (const body of ['a', 'b']) await send(body);
    const [a, b] = await receive({ MaxNumberOfMessages: 2 });
    await remove(b?.ReceiptHandle);
    const Entries = [a, b].map((message, i) => ({
      ...{ Id: `${i}`, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 },
    }));
    const { Successful, Failed } = await sqs.client.send(
      new ChangeMessageVisibilityBatchCommand({ ...queue(), Entries }),
    );
    expect(Successful).toEqual([{ Id: '0' }]);
    expect(Failed).toMatchObject([{ Id: '1', Code: 'InvalidParameterValue', SenderFault: true }]);
    expect(await counts()).toEqual([1, 0, 0]);
  });
});

describe('SendMessage', () => {
  it('accepts up to ten attributes', async () => {
    const attributes = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`a${n}`, { DataType: 'String', StringValue: 'v' }]),
      );
    await send('a', { MessageAttributes: attributes(10) });
    expect(await failureOf(send('a', { MessageAttributes: attributes(11) }))).toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});
