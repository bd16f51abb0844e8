import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { useCli } from '../cli/run-cli.ts';
import { documentedOutput, withoutTimes } from '../documented-output.ts';
import type { Statement } from '../infra/synthesize.ts';
import { type PolicyProxy, startPolicyProxy } from '../policy-proxy.ts';
import { type Clients, createClients } from './create-pipeline.ts';
import { put } from './log-objects.ts';
import { ACCOUNT, AWS_VARIABLES, type MotoServer, REGION, startMoto } from './moto-server.ts';
import {
  createMoreClients,
  createRunningStack,
  type MoreClients,
  type RunningStack,
} from './running-stack.ts';

const python = inject('python');
const cli = useCli();

const EVERYTHING: Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const HOUR_MS = 3_600_000;

describe.skipIf(python.missing)('status, with the services of moto', () => {
  let moto: MotoServer;
  let proxy: PolicyProxy;
  let clients: Clients;
  let more: MoreClients;
  let stack: RunningStack;

  beforeAll(async () => {
    moto = await startMoto(python.bin ?? '');
    proxy = await startPolicyProxy({ account: ACCOUNT, region: REGION, targetOf: () => moto.url });
    clients = createClients(moto.url);
    more = createMoreClients(moto.url);
  });
  beforeEach(async () => {
    await moto.reset();
    proxy.enforce(EVERYTHING);
    stack = await createRunningStack(python.bin ?? '', moto.url, proxy.url, clients, more);
    await setAlarm('OK');
  });
  afterAll(async () => {
    await proxy?.close();
    await moto?.close();
  });

  function setAlarm(StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'): Promise<unknown> {
    return more.cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: stack.alarm, StateValue, StateReason: 'test' }),
    );
  }

  const environment = () => ({
    ...process.env,
    ...AWS_VARIABLES,
    AWS_ENDPOINT_URL: proxy.url,
    AWS_MAX_ATTEMPTS: '1',
  });
  const start = (...args: string[]) => cli.start(['status', ...args], { env: environment() });
  const status = (...args: string[]) => start(...args).finished;

  async function statusJson() {
    const ended = await status('--json');
    return { ...ended, report: ended.stdout === '' ? undefined : JSON.parse(ended.stdout) };
  }

  async function putMetric(
    Namespace: string,
    MetricName: string,
    [Name, Value]: [string, string],
    value: number,
  ): Promise<void> {
    const metric = {
      MetricName,
      Dimensions: [{ Name, Value }],
      Value: value,
      Timestamp: new Date(Date.now() - 400_000),
    };
    await more.cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: [metric] }));
  }

  function digestKeyAt(ms: number): string {
    const time = new Date(ms).toISOString();
    const stamp = `${time.slice(0, 19).replace(/[-:]/g, '')}Z`;
    const folder = `AWSLogs/${ACCOUNT}/CloudTrail-Digest/${REGION}/${time.slice(0, 10).replaceAll('-', '/')}`;
    return `${folder}/${ACCOUNT}_CloudTrail-Digest_${REGION}_example-trail_${REGION}_${stamp}.json.gz`;
  }

  async function die(body: unknown, attributes: Record<string, string> = {}): Promise<void> {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    const input = {
      QueueUrl: stack.deadLetterQueueUrl,
      MessageBody: JSON.stringify(body),
      MessageAttributes,
    };
    await clients.sqs.send(new SendMessageCommand(input));
  }

  it('is healthy without alarms and dead letters', async () => {
    const { stdout, stderr, status: code } = await status();
    expect({ stderr, code }).toEqual({ stderr: '✔ no alarm on, no dead letters', code: 0 });
    expect(stdout.split('\n').map((line) => line.trim().replace(/ {2,}/g, '|'))).toEqual([
      expect.stringMatching(new RegExp(`^CloudTrailFirehose in ${REGION}, .*Z$`)),
      '',
      'queue|visible|in flight|delayed|oldest',
      'work queue|0|0|0|-',
      'dead letters|0|0|0|-',
      '',
      'alarms|0 of 1 on',
      'lag|no delivery in the last 15 minutes',
      'stream|0 B/s of 1.0 MB/s (0 %), 0 throttled records',
      'last digest|none in the last two days',
      '',
      '',
    ]);
  });

  it('adds up the metrics of several streams', async () => {
    await moto.reset();
    const several = await createRunningStack(python.bin ?? '', moto.url, proxy.url, clients, more, {
      streams: 3,
    });
    const [first = '', second = ''] = (several.environment.DELIVERY_STREAM_NAME ?? '').split(',');
    for (const stream of [first, second]) {
      await putMetric('AWS/Firehose', 'IncomingBytes', ['DeliveryStreamName', stream], 300_000_000);
      await putMetric('AWS/Firehose', 'ThrottledRecords', ['DeliveryStreamName', stream], 7);
    }
    await putMetric('AWS/Firehose', 'BytesPerSecondLimit', ['DeliveryStreamName', first], 4_000_000);
    const { report } = await statusJson();
    expect(report.delivery).toMatchObject({
      bytesPerSecond: 2_000_000,
      // The others have the default of the Region.
      quotaBytesPerSecond: 4_000_000 + 2 * 1024 * 1024,
      throttledRecords: 14,
    });
  });

  it('counts messages, dead letters by error, and shows alarms, metrics and the last digest', async () => {
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl: stack.workQueueUrl, MessageBody: 'x', DelaySeconds: 60 }),
    );
    await die({ s3Bucket: 'b', s3ObjectKey: ['a.json.gz'] });
    await die({ s3Bucket: 'b', s3ObjectKey: ['b.json.gz'] }, { ERROR_CODE: 'NO_PERMISSIONS' });
    await die({ bucket: 'b', key: 'c.json.gz', nextRecord: 3, attempt: 1 });
    for (let i = 0; i < 2; i++) await die({ unknown: 1 });
    await setAlarm('ALARM');
    const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    for (const ms of [endMs - 30 * HOUR_MS, endMs, endMs - HOUR_MS])
      await put(clients, stack.trailBucket, { key: digestKeyAt(ms), bytes: Buffer.alloc(10) });
    const stream: [string, string] = ['DeliveryStreamName', stack.environment.DELIVERY_STREAM_NAME ?? ''];
    const lambda: [string, string] = ['FunctionName', stack.functionName];
    await putMetric('CloudTrailFirehose', 'DeliveryLag', lambda, 250);
    await putMetric('CloudTrailFirehose', 'OldestUnfinished', lambda, 7200);
    await putMetric('AWS/Firehose', 'IncomingBytes', stream, 300_000_000);
    await putMetric('AWS/Firehose', 'BytesPerSecondLimit', stream, 4_000_000);
    await putMetric('AWS/Firehose', 'ThrottledRecords', stream, 7);
    await putMetric(
      'AWS/SQS',
      'ApproximateAgeOfOldestMessage',
      ['QueueName', stack.workQueueUrl.split('/').at(-1) ?? ''],
      95,
    );

    const { report, stderr, status: code } = await statusJson();
    expect({ stderr, code }).toEqual({ stderr: '✖ 1 alarm on; 5 dead letters', code: 1 });
    expect(report).toMatchObject({
      result: 'wrong',
      problems: ['1 alarm on', '5 dead letters'],
      queues: [
        // The digests have notifications.
        { name: 'work queue', visible: 3, inFlight: 0, delayed: 1, oldestSeconds: 95 },
        { name: 'dead letters', visible: 5, inFlight: 0, delayed: 0, oldestSeconds: null },
      ],
      alarms: { total: 1, on: [stack.alarm], withoutData: 0 },
      delivery: {
        ...{ lagSeconds: 250, oldestUnfinishedSeconds: 7200, bytesPerSecond: 1_000_000 },
        ...{ quotaBytesPerSecond: 4_000_000, throttledRecords: 7 },
      },
      lastDigest: `${new Date(endMs).toISOString().slice(0, 19)}Z`,
      backfill: null,
      unknown: [],
    });
    const letters = Object.fromEntries(
      report.deadLetters.map((each: { reason: string; messages: number }) => [each.reason, each.messages]),
    );
    expect(letters).toEqual({
      'unrecognized notification: an object with unknown': 2,
      notification: 1,
      'notification (NO_PERMISSIONS)': 1,
      'resume message': 1,
    });
    // All of them are visible again.
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: stack.deadLetterQueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '5',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
    const { stdout } = await status();
    expect(withoutTimes(`${stdout}${stderr}\n`)).toBe(withoutTimes(documentedOutput('status')));
    expect(stdout).toContain('  lag          4 min 10 s, oldest unfinished object 2 h 0 min');
    expect(stdout).toContain('  stream       1.0 MB/s of 4.0 MB/s (25 %), 7 throttled records');
    expect(stdout).toContain(`  alarms       1 of 1 on: ${stack.alarm}`);
  });

  it('ignores the alarms of a stack whose name starts with the same word', async () => {
    const AlarmName = 'CloudTrailFirehose-Test-WorkQueueAge';
    await more.cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{
          AlarmName,
          AlarmActions: [`${stack.topicArn}2`],
          MetricName: 'm',
          Namespace: 'n',
          Statistic: 'Sum',
          Period: 60,
        },
        ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
      }),
    );
    await more.cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'test' }),
    );
    const { report, status: code } = await statusJson();
    expect(report.alarms).toEqual({ total: 1, on: [], withoutData: 0 });
    expect(code).toBe(0);
  });

  it.each([
    ['--watch', '1'],
    ['--watch', '1', '--json'],
  ])('is shown again and again with %j %j %j, until Ctrl-C', async (...args) => {
    const child = start(...args);
    let shown = 0;
    child.stdout?.on('data', (data: Buffer) => {
      shown += data.toString().match(/CloudTrailFirehose(?! in)|CloudTrailFirehose in/g)?.length ?? 0;
      if (shown >= 2) child.kill('SIGINT');
    });
    const { stdout, stderr, status: code } = await child.finished;
    expect(code).toBe(130);
    expect(stderr.split('\n').at(-1)).toBe('✖ interrupted');
    expect(stdout).not.toContain('\u001b');
    if (args.includes('--json'))
      for (const line of stdout.trimEnd().split('\n'))
        expect(JSON.parse(line)).toMatchObject({ result: 'healthy' });
    else expect(stdout.match(/^ {2}CloudTrailFirehose in/gm)?.length).toBeGreaterThanOrEqual(2);
  });

  it('needs exactly the policy that it prints, and names each action that is missing', async () => {
    await die({ unknown: 1 });
    const { stdout } = await cli.run(['status', '--print-policy']);
    const arn = (service: string, name: string | undefined) =>
      `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
    const queueArn = (url: string) => arn('sqs', url.split('/').at(-1));
    const text = stdout
      .replaceAll('TRAIL-BUCKET', stack.trailBucket)
      .replaceAll('DEAD-LETTER-QUEUE-ARN', queueArn(stack.deadLetterQueueUrl))
      .replaceAll('WORK-QUEUE-ARN', queueArn(stack.workQueueUrl))
      .replaceAll('FUNCTION-ARN', arn('lambda', `function:${stack.functionName}`));
    const policy = (JSON.parse(text) as { Statement: Statement[] }).Statement;
    proxy.enforce(policy);
    expect((await statusJson()).report).toMatchObject({ unknown: [], deadLetters: [{ messages: 1 }] });
    expect(proxy.unused).toEqual([]);
    const called = new Set(proxy.calls.map(({ action }) => action));
    const actions = policy.flatMap(({ Action }) => [Action].flat());
    // Without a backfill, there is no mapping to ask about.
    expect(actions.filter((action) => !called.has(action))).toEqual(['lambda:GetEventSourceMapping']);
    for (const missing of called) {
      proxy.enforce(
        policy.map((statement) => ({
          ...statement,
          Action: [statement.Action].flat().filter((action) => action !== missing),
        })),
      );
      const { report, stderr, status: code } = await statusJson();
      const named = `${JSON.stringify(report?.unknown)} ${stderr}`;
      expect({ missing, named: named.includes(`allow ${missing}`), code: code === 0 }).toEqual({
        missing,
        named: true,
        code: false,
      });
    }
  }, 60_000);

  it('shows a backfill', async () => {
    const { EventSourceMappings = [] } = await more.lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: stack.functionName }),
    );
    const mapping = EventSourceMappings.find(({ State }) => State === 'Disabled');
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const cloudformation = new CloudFormationClient({ endpoint: moto.url, region: REGION, credentials });
    const { Stacks: [found] = [] } = await cloudformation.send(
      new DescribeStacksCommand({ StackName: 'CloudTrailFirehose' }),
    );
    const outputs = Object.fromEntries(
      (found?.Outputs ?? []).map(({ OutputKey = '', OutputValue }) => [OutputKey, { Value: OutputValue }]),
    );
    const template = {
      Resources: { Any: { Type: 'AWS::SNS::Topic' } },
      Outputs: {
        ...outputs,
        BackfillQueueUrl: { Value: stack.workQueueUrl },
        BackfillDeadLetterQueueUrl: { Value: stack.deadLetterQueueUrl },
        BackfillMapping: { Value: mapping?.UUID },
      },
    };
    await cloudformation.send(
      new CreateStackCommand({ StackName: 'Both', TemplateBody: JSON.stringify(template) }),
    );
    cloudformation.destroy();
    const { stdout } = await status('--stack', 'Both', '--json');
    const report = JSON.parse(stdout);
    expect(report.queues.map(({ name }: { name: string }) => name)).toEqual([
      'work queue',
      'dead letters',
      'backfill queue',
      'backfill dead letters',
    ]);
    expect(report.backfill).toBe('Disabled');
    // Its alarms have another name.
    expect(report.unknown).toMatchObject([{ check: 'alarms' }]);
  });

  it('cannot tell without the stack', async () => {
    expect(await status('--stack', 'None')).toEqual({
      stdout: '',
      stderr: `error: stack None does not exist in ${REGION}. Name it with --stack.`,
      status: 2,
    });
  });
});
