import { gzipSync } from 'node:zlib';
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { WORK_QUEUE } from '../../lambda/contract.ts';
import { parseEvent } from '../../lambda/trigger/parse-event.ts';
import { formatResumes } from '../../lambda/trigger/resume-message.ts';
import { useCli } from '../cli/run-cli.ts';
import { synthesize } from '../infra/synthesize.ts';
import { type Clients, createClients, createPipeline, type Pipeline } from './create-pipeline.ts';
import { put } from './log-objects.ts';
import { ACCOUNT, AWS_VARIABLES, type MotoServer, REGION, startMoto } from './moto-server.ts';

const python = inject('python');
const cli = useCli();
const STACK = 'CloudTrailFirehose';

describe.skipIf(python.missing)('replay, with the services of moto', () => {
  let moto: MotoServer;
  let clients: Clients;
  let cloudformation: CloudFormationClient;
  let pipeline: Pipeline;

  beforeAll(async () => {
    moto = await startMoto(python.bin ?? '');
    clients = createClients(moto.url);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    cloudformation = new CloudFormationClient({ endpoint: moto.url, region: REGION, credentials });
  });
  beforeEach(async () => {
    await moto.reset();
    pipeline = await createPipeline(clients, synthesize());
    const { workQueueUrl, deadLetterQueueUrl } = pipeline;
    await createStack(STACK, { WorkQueueUrl: workQueueUrl, DeadLetterQueueUrl: deadLetterQueueUrl });
    // moto, like S3, announces each notification rule with a test event.
    await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: workQueueUrl }));
  });
  afterAll(async () => {
    cloudformation?.destroy();
    await moto?.close();
  });

  async function createStack(StackName: string, outputs: Record<string, string>): Promise<void> {
    const template = {
      Resources: { Any: { Type: 'AWS::SNS::Topic' } },
      Outputs: Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }])),
    };
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  }

  async function replay(...args: string[]) {
    const env = { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: moto.url };
    return cli.run(['replay', ...args], '', { env });
  }

  /** Receives the work queue's messages as often as the redrive policy allows, and once more. */
  async function deadLetter(): Promise<void> {
    const input = { QueueUrl: pipeline.workQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
    for (let n = 0; n <= WORK_QUEUE.maxReceives; n++)
      await clients.sqs.send(new ReceiveMessageCommand(input));
  }

  async function depthOf(QueueUrl: string): Promise<number[]> {
    const { Attributes = {} } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
    return [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible].map(Number);
  }

  async function takeAll(QueueUrl: string): Promise<Message[]> {
    const input = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] };
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...input }),
    );
    for (const { ReceiptHandle } of Messages)
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    return Messages;
  }

  /** Parses messages as the function does, with the attributes that it gets. */
  function parse(messages: Message[]) {
    const Records = messages.map(({ MessageId, Body, Attributes }) => ({
      ...{ eventSource: 'aws:sqs', messageId: MessageId, body: Body, attributes: Attributes },
    }));
    return parseEvent({ Records }).items.flatMap(({ notification }) => notification?.refs ?? []);
  }

  const keyOf = (name: string) => `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/11/03/${name}.json.gz`;

  async function publishToDeadLetters(Message: string): Promise<void> {
    const { TopicArn } = await clients.sns.send(new CreateTopicCommand({ Name: 'notices' }));
    const Endpoint = pipeline.deadLetterQueueUrl.replace(/^.*\/(\d+)\/(.*)$/, `arn:aws:sqs:${REGION}:$1:$2`);
    await clients.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    await clients.sns.send(new PublishCommand({ TopicArn, Message }));
  }

  it('lists and moves dead letters of a redrive policy, and those that SNS put there', async () => {
    const [byS3, bySns, resumed] = [keyOf('s3'), keyOf('sns'), keyOf('resumed')];
    await put(clients, pipeline.trailBucket, { key: byS3, bytes: gzipSync('{"Records":[]}') });
    const ref = { bucket: pipeline.trailBucket, key: resumed, nextRecord: 3, attempt: 1 };
    const rest = { ...ref, etag: '"e"', ranges: [[3, 4]] as const, nextUnread: 9 };
    const [MessageBody = ''] = formatResumes([rest], Date.now() - 7_200_000, {
      parent: 'p',
      handOver: 'h',
    });
    const MessageAttributes = { any: { DataType: 'String', StringValue: 'value' } };
    const QueueUrl = pipeline.workQueueUrl;
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
    await deadLetter();
    await publishToDeadLetters(JSON.stringify({ s3Bucket: pipeline.trailBucket, s3ObjectKey: [bySns] }));
    expect([await depthOf(pipeline.deadLetterQueueUrl), await depthOf(QueueUrl)]).toEqual([
      [3, 0],
      [0, 0],
    ]);

    const dry = await replay('dlq', '--json');
    expect({ stderr: dry.stderr, status: dry.status }).toEqual({
      stderr: '✔ 3 messages: 3 would move. To move them, add --yes.',
      status: 0,
    });
    const { messages } = JSON.parse(dry.stdout);
    const listed = messages.map((each: { kind: string; objects: { key: string; nextRecord: number }[] }) => [
      each.kind,
      ...each.objects.map(({ key, nextRecord }) => [key, nextRecord]),
    ]);
    expect(listed.sort()).toEqual([
      ['notification', [byS3, 0]],
      ['notification', [bySns, 0]],
      ['resume message', [resumed, 3]],
    ]);
    expect([await depthOf(pipeline.deadLetterQueueUrl), await depthOf(QueueUrl)]).toEqual([
      [3, 0],
      [0, 0],
    ]);

    const some = await replay('dlq', '--key', '*/resumed*', '--yes');
    expect({ stderr: some.stderr, status: some.status }).toEqual({
      stderr: '✔ 3 messages: 1 moved, 2 no match',
      status: 0,
    });
    expect(await depthOf(pipeline.deadLetterQueueUrl)).toEqual([2, 0]);
    const moved = await takeAll(QueueUrl);
    expect(moved).toMatchObject([{ Body: MessageBody, MessageAttributes }]);
    const [parsed] = parse(moved);
    expect(parsed).toMatchObject(rest);
    // The function counts its hours from the redrive.
    expect(parsed?.firstSeen).toBe(Number(moved[0]?.Attributes?.SentTimestamp));

    expect(await replay('dlq', '--yes')).toMatchObject({ stderr: '✔ 2 messages: 2 moved', status: 0 });
    expect(await depthOf(pipeline.deadLetterQueueUrl)).toEqual([0, 0]);
    const keys = parse(await takeAll(QueueUrl)).map(({ key }) => key);
    expect(keys.sort()).toEqual([byS3, bySns]);
  });

  it('puts objects on the work queue of the stack', async () => {
    const key = keyOf('a');
    const bytes = gzipSync(JSON.stringify({ Records: Array.from({ length: 10 }, (_, id) => ({ id })) }));
    await put(clients, pipeline.trailBucket, { key, bytes });
    await takeAll(pipeline.workQueueUrl);
    const path = `s3://${pipeline.trailBucket}/${key}`;
    expect(await replay('object', path, '--records', '2-4', '--yes')).toMatchObject({
      stderr: '✔ sent 1 object in 1 message',
      status: 0,
    });
    expect(parse(await takeAll(pipeline.workQueueUrl))).toMatchObject([
      { bucket: pipeline.trailBucket, key, nextRecord: 2, ranges: [[2, 4]], nextUnread: 10 },
    ]);
  });

  it('cannot tell without the stack, its outputs or its queues', async () => {
    expect(await replay('dlq', '--stack', 'Other')).toEqual({
      stdout: '',
      stderr: `error: stack Other does not exist in ${REGION}. Name it with --stack.`,
      status: 2,
    });
    await createStack('Empty', {});
    expect(await replay('dlq', '--stack', 'Empty')).toMatchObject({
      stderr: 'error: stack Empty has no output WorkQueueUrl. Is it a stack of this project?',
      status: 2,
    });
    const gone = pipeline.deadLetterQueueUrl.replace(/[^/]*$/, 'gone');
    await cloudformation.send(new DeleteStackCommand({ StackName: STACK }));
    await createStack('Gone', { WorkQueueUrl: pipeline.workQueueUrl, DeadLetterQueueUrl: gone });
    expect(await replay('dlq', '--stack', 'Gone')).toMatchObject({
      stderr: `error: ${gone}: the queue does not exist`,
      status: 2,
    });
  });
});
