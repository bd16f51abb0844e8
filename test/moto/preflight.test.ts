import {
  CreateTrailCommand,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import {
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Finding } from '../../cli/operate/finding.ts';
import { useCli } from '../cli/run-cli.ts';
import { documentedOutput, withoutTimes } from '../documented-output.ts';
import type { Statement } from '../infra/synthesize.ts';
import { type PolicyProxy, startPolicyProxy } from '../policy-proxy.ts';
import { type Clients, createBucket, createClients } from './create-pipeline.ts';
import { put } from './log-objects.ts';
import { ACCOUNT, AWS_VARIABLES, type MotoServer, REGION, startMoto } from './moto-server.ts';
import {
  createMoreClients,
  createRunningStack,
  logKeyAt,
  type MoreClients,
  type RunningStack,
} from './running-stack.ts';

const python = inject('python');
const cli = useCli();

const EVERYTHING: Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

/**
 * moto lacks these. Their answers have the members of
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html and
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventConfiguration.html
 */
const ANSWERS = {
  'lambda:GetAccountSettings': {
    AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900 },
  },
  'cloudtrail:GetEventConfiguration': { MaxEventSize: 'Standard', AggregationConfigurations: [] },
};

describe.skipIf(python.missing)('preflight, with the services of moto', () => {
  let moto: MotoServer;
  let proxy: PolicyProxy;
  let clients: Clients;
  let more: MoreClients;
  let stack: RunningStack;

  beforeAll(async () => {
    moto = await startMoto(python.bin ?? '');
    proxy = await startPolicyProxy({
      account: ACCOUNT,
      region: REGION,
      targetOf: () => moto.url,
      answers: ANSWERS,
    });
    clients = createClients(moto.url);
    more = createMoreClients(moto.url);
  });
  beforeEach(async () => {
    await moto.reset();
    proxy.enforce(EVERYTHING);
    stack = await createRunningStack(python.bin ?? '', moto.url, proxy.url, clients, more);
    await put(clients, stack.trailBucket, { key: logKeyAt(Date.now() - 300_000), bytes: Buffer.alloc(1000) });
    await put(clients, stack.trailBucket, {
      key: logKeyAt(Date.now() - 90_000_000, 'CloudTrail-Insight'),
      bytes: Buffer.alloc(1000),
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await moto?.close();
  });

  async function preflight(...args: string[]) {
    const env = { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: proxy.url, AWS_MAX_ATTEMPTS: '1' };
    const { stdout, stderr, status } = await cli.run(['preflight', '--json', ...args], '', { env });
    const { findings = [] } = (stdout === '' ? {} : JSON.parse(stdout)) as { findings?: Finding[] };
    const levels = Object.fromEntries(findings.map(({ check, level }) => [check, level]));
    const of = (check: string) => findings.filter((finding) => finding.check === check);
    return { findings, levels, of, stderr, status };
  }

  /** Everything but the mapping, which is off in moto. */
  const HEALTHY = {
    trail: 'OK',
    logging: 'OK',
    delivery: 'OK',
    digests: 'OK',
    'management events': 'OK',
    'data events': 'OK',
    'network activity': 'OK',
    insights: 'OK',
    aggregation: 'OK',
    'event size': 'OK',
    copies: 'OK',
    bucket: 'OK',
    notifications: 'OK',
    destinations: 'OK',
    lifecycle: 'OK',
    key: 'OK',
    'newest log file': 'OK',
    stream: 'OK',
    'stream quota': 'OK',
    function: 'OK',
    'work queue': 'FAIL',
    concurrency: 'OK',
  };

  it('checks a running stack', async () => {
    const { levels, of, stderr, status } = await preflight();
    expect(levels).toEqual(HEALTHY);
    expect(of('work queue')[0]).toMatchObject({
      detail: expect.stringMatching(/^the event source mapping is Disabled$/),
      fix: expect.stringMatching(/^aws lambda update-event-source-mapping --uuid \S+ --enabled$/),
    });
    expect(of('newest log file').map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^CloudTrail: .* [56] min \d+ s ago$/),
      expect.stringMatching(/^CloudTrail-Insight: .* 25 h 0 min ago$/),
    ]);
    expect({ stderr: stderr.replace(/\d+ OK/, 'n OK'), status }).toEqual({
      stderr: '✖ 1 FAIL, n OK',
      status: 1,
    });
  });

  it('checks trail and bucket before a deployment', async () => {
    const bucket = 'their-trail-bucket';
    await createBucket(clients, bucket);
    const { TrailARN } = await more.cloudtrail.send(
      new CreateTrailCommand({ Name: 'theirs', S3BucketName: bucket }),
    );
    await put(clients, bucket, { key: logKeyAt(Date.now() - 300_000), bytes: Buffer.alloc(1000) });
    const { levels, of, status } = await preflight('--bucket', bucket, '--trail', 'theirs');
    expect(levels).toMatchObject({
      ...{
        trail: 'OK',
        logging: 'FAIL',
        digests: 'WARN',
        bucket: 'OK',
        notifications: 'OK',
        lifecycle: 'OK',
      },
      ...{ 'newest log file': 'OK', 'stream quota': 'OK', concurrency: 'OK' },
    });
    expect(levels).not.toHaveProperty('work queue');
    expect(of('logging')[0]?.fix).toBe(`aws cloudtrail start-logging --name ${TrailARN}`);
    // The stack's own trail records management events as well.
    expect(of('copies')[0]?.level).toBe('OK');
    await more.cloudtrail.send(
      new PutEventSelectorsCommand({
        TrailName: 'theirs',
        EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }],
      }),
    );
    const after = await preflight('--bucket', bucket);
    expect(after.of('copies')[0]).toMatchObject({
      level: 'WARN',
      detail: expect.stringContaining(stack.trailArn),
    });
    expect(status).toBe(1);
  });

  it('finds what stops delivery', async () => {
    await more.cloudtrail.send(new StopLoggingCommand({ Name: stack.trailArn }));
    await clients.s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: stack.trailBucket,
        LifecycleConfiguration: {
          Rules: [{ ID: 'short', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 3 } }],
        },
      }),
    );
    await clients.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: stack.trailBucket,
        NotificationConfiguration: {},
      }),
    );
    await more.lambda.send(
      new PutFunctionConcurrencyCommand({
        FunctionName: stack.functionName,
        ReservedConcurrentExecutions: 1,
      }),
    );
    const { levels, status } = await preflight('--trigger', 'queue');
    expect(levels).toMatchObject({
      logging: 'FAIL',
      lifecycle: 'FAIL',
      notifications: 'FAIL',
      concurrency: 'FAIL',
    });
    expect(status).toBe(1);
  });

  it('finds a dead destination', async () => {
    await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: stack.workQueueUrl }));
    const { of } = await preflight();
    expect(of('destinations')).toMatchObject([
      { level: 'FAIL', detail: expect.stringMatching(/^arn:aws:sqs:\S+ does not exist/) },
    ]);
  });

  it('compares the busiest hour with the quota of the stream', async () => {
    for (let i = 0; i < 3; i++)
      await put(clients, stack.trailBucket, {
        key: logKeyAt(Date.now() - 60_000 * i),
        bytes: Buffer.alloc(1_000_000),
      });
    const metric = {
      MetricName: 'BytesPerSecondLimit',
      Dimensions: [{ Name: 'DeliveryStreamName', Value: stack.environment.DELIVERY_STREAM_NAME ?? '' }],
      Value: 1000,
      Timestamp: new Date(Date.now() - 600_000),
    };
    const namespace = 'AWS/Firehose';
    await more.cloudwatch.send(new PutMetricDataCommand({ Namespace: namespace, MetricData: [metric] }));
    const { of } = await preflight('--packing', 'lines');
    expect(of('stream quota')).toMatchObject([
      {
        level: 'FAIL',
        detail: expect.stringMatching(
          /makes 1[0-9.]+ KB\/s with packing lines; the quota is 1\.0 KB\/s \(metric BytesPerSecondLimit\)$/,
        ),
      },
    ]);
  });

  it('checks several streams, and adds up their quotas', async () => {
    await moto.reset();
    await createRunningStack(python.bin ?? '', moto.url, proxy.url, clients, more, { streams: 3 });
    const { of } = await preflight();
    expect(of('stream')).toMatchObject([{ level: 'OK', detail: '3 streams are ACTIVE' }]);
    expect(of('stream quota')).toMatchObject([{ detail: expect.stringContaining(', of 3 streams)') }]);
  });

  it('fails for a bucket, a trail or a stream that does not exist', async () => {
    const { levels, status } = await preflight(
      '--bucket',
      'no-such-bucket',
      '--trail',
      'none',
      '--stream',
      'none',
    );
    expect(levels).toMatchObject({ trail: 'FAIL', bucket: 'FAIL', 'newest log file': '?', stream: 'FAIL' });
    expect(levels).not.toHaveProperty('notifications');
    expect(status).toBe(1);
    expect(await preflight('--stack', 'None')).toMatchObject({
      stderr: `error: stack None does not exist in ${REGION}. Name it with --stack.`,
      status: 2,
    });
  });

  it('prints what docs/operate.md shows', async () => {
    const bucket = 'example-trail-bucket';
    await createBucket(clients, bucket);
    await more.cloudtrail.send(new DeleteTrailCommand({ Name: 'example-trail' }));
    await more.cloudtrail.send(new CreateTrailCommand({ Name: 'example-trail', S3BucketName: bucket }));
    await more.cloudtrail.send(
      new PutEventSelectorsCommand({
        TrailName: 'example-trail',
        EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }],
      }),
    );
    const QueueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:their-queue`;
    const rule = { Id: 'theirs', QueueArn, Events: ['s3:ObjectCreated:*' as const] };
    await clients.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: { QueueConfigurations: [rule] },
      }),
    );
    await put(clients, bucket, { key: logKeyAt(Date.now() - 300_000), bytes: Buffer.alloc(20_000) });
    const command = `preflight --bucket ${bucket} --trail example-trail`;
    const env = { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: proxy.url };
    const { stdout, stderr } = await cli.run(command.split(' '), '', { env });
    const printed = `${stdout}${stderr}\n`.replaceAll(ACCOUNT, '111122223333');
    expect(withoutTimes(printed)).toBe(withoutTimes(documentedOutput(command)));
  });

  /** The printed policy with the ARNs of this stack. */
  async function printedPolicy(): Promise<Statement[]> {
    const { stdout } = await cli.run(['preflight', '--print-policy']);
    const arn = (service: string, name: string | undefined) =>
      `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
    const text = stdout
      .replaceAll('TRAIL-BUCKET', stack.trailBucket)
      .replaceAll('STREAM-ARN', arn('firehose', `deliverystream/${stack.environment.DELIVERY_STREAM_NAME}`))
      .replaceAll('FUNCTION-ARN', arn('lambda', `function:${stack.functionName}`))
      .replaceAll('KEY-ARN', `${stack.trailKeyArn}`);
    return (JSON.parse(text) as { Statement: Statement[] }).Statement;
  }

  it('needs exactly the policy that it prints, and names each action that is missing', async () => {
    const everything = await preflight();
    const policy = await printedPolicy();
    proxy.enforce(policy);
    expect((await preflight()).levels).toEqual(everything.levels);
    expect(proxy.unused).toEqual([]);
    const called = new Set(proxy.calls.map(({ action }) => action));
    const actions = policy.flatMap(({ Action }) => [Action].flat());
    // The stack's bucket notifies no topic.
    expect(actions.filter((action) => !called.has(action))).toEqual(['sns:GetTopicAttributes']);
    for (const missing of called) {
      const without = policy.map((statement) => ({
        ...statement,
        Action: [statement.Action].flat().filter((action) => action !== missing),
      }));
      proxy.enforce(without);
      const { findings, stderr, status } = await preflight();
      const named = [...findings.map(({ detail }) => detail), stderr].filter((text) =>
        text.includes(`allow ${missing}`),
      );
      expect({ missing, named: named.length > 0, status: status === 0 }).toEqual({
        missing,
        named: true,
        status: false,
      });
    }
  }, 120_000);

  it('says in one line that there are no credentials', async () => {
    const env = { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: proxy.url };
    const without = {
      ...env,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/nowhere',
    };
    const { stdout, stderr, status } = await cli.run(['preflight', '--bucket', 'any-bucket'], '', {
      env: without,
    });
    expect({ stdout, stderr, status }).toEqual({
      stdout: '',
      stderr: 'error: no AWS credentials. Configure them as for the AWS CLI.',
      status: 2,
    });
  });
});
