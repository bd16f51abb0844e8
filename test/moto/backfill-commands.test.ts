import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type BackfillCursor, formatCursor, newCursor, parseCursor } from '../../lambda/backfill/cursor.ts';
import { linesOf } from '../../lambda/backfill/log-lines.ts';
import { useCli } from '../cli/run-cli.ts';
import { type Clients, createBucket, createClients } from './create-pipeline.ts';
import { put } from './log-objects.ts';
import { ACCOUNT, AWS_VARIABLES, type MotoServer, REGION, startMoto } from './moto-server.ts';

const python = inject('python');
const cli = useCli();

const STACK = 'CloudTrailFirehose';
const BUCKET = 'their-trail-bucket';
const LOG_GROUP = '/aws/lambda/backfill';
const JOB = '2026-11-03-1a2b3c4d';
const HOUR_MS = 3_600_000;

const folderOf = (region: string, kind = 'CloudTrail') => `AWSLogs/${ACCOUNT}/${kind}/${region}/`;

function keyOf(region: string, time: string, kind = 'CloudTrail'): string {
  const day = `${time.slice(0, 4)}/${time.slice(4, 6)}/${time.slice(6, 8)}`;
  return `${folderOf(region, kind)}${day}/${ACCOUNT}_${kind}_${region}_${time}_fiLe.json.gz`;
}

describe.skipIf(python.missing)('backfill, with the services of moto', () => {
  let moto: MotoServer;
  let clients: Clients;
  let others: ReturnType<typeof createOthers>;
  let queueUrl: string;
  let deadLetterQueueUrl: string;
  let mapping: string;

  beforeAll(async () => {
    moto = await startMoto(python.bin ?? '');
    clients = createClients(moto.url);
    others = createOthers(moto.url);
  });
  beforeEach(async () => {
    await moto.reset();
    await createBucket(clients, BUCKET);
    queueUrl = await createQueue('backfill', { MessageRetentionPeriod: '1209600' });
    deadLetterQueueUrl = await createQueue('backfill-dead', {});
    mapping = await createMapping();
    await others.logs.send(new CreateLogGroupCommand({ logGroupName: LOG_GROUP }));
    await others.logs.send(new CreateLogStreamCommand({ logGroupName: LOG_GROUP, logStreamName: 's' }));
    await createStack(STACK, {
      TrailBucket: BUCKET,
      BackfillQueueUrl: queueUrl,
      BackfillDeadLetterQueueUrl: deadLetterQueueUrl,
      BackfillFunctionLogGroup: LOG_GROUP,
      BackfillMapping: mapping,
    });
  });
  afterAll(async () => {
    for (const client of Object.values(others ?? {})) client.destroy();
    await moto?.close();
  });

  async function createQueue(QueueName: string, Attributes: Record<string, string>): Promise<string> {
    const { QueueUrl = '' } = await clients.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl;
  }

  /** On another queue, because moto would invoke the function at once, in Docker. */
  async function createMapping(): Promise<string> {
    const { lambda } = others;
    await createRole(moto.url, 'backfill');
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'backfill',
        Role: `arn:aws:iam::${ACCOUNT}:role/backfill`,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: EMPTY_ZIP },
      }),
    );
    const QueueUrl = await createQueue('other', {});
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const EventSourceArn = Attributes?.QueueArn;
    const { UUID = '' } = await lambda.send(
      new CreateEventSourceMappingCommand({ FunctionName: 'backfill', EventSourceArn, Enabled: true }),
    );
    return UUID;
  }

  async function createStack(StackName: string, outputs: Record<string, string>): Promise<void> {
    const template = {
      Resources: { Any: { Type: 'AWS::SNS::Topic' } },
      Outputs: Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }])),
    };
    await others.cloudformation.send(
      new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }),
    );
  }

  const backfill = (...args: string[]) =>
    cli.run(['backfill', ...args], '', {
      env: { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: moto.url },
    });

  async function putObjects(...keys: string[]): Promise<void> {
    for (const key of keys) await put(clients, BUCKET, { key, bytes: gzipSync(`{"Records":[]} ${key}`) });
  }

  async function receive(QueueUrl = queueUrl): Promise<string[]> {
    const input = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
    const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand(input));
    return Messages.map(({ Body = '' }) => Body);
  }

  const cursorsOn = async (url?: string) =>
    (await receive(url)).map((body) => parseCursor(JSON.parse(body)) as BackfillCursor);

  const send = (MessageBody: string, QueueUrl = queueUrl, DelaySeconds = 0) =>
    clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));

  async function stateOfMapping(): Promise<string | undefined> {
    const { State } = await others.lambda.send(new GetEventSourceMappingCommand({ UUID: mapping }));
    return State;
  }

  /** Reports the age of the oldest message, as SQS does. */
  async function reportAge(seconds: number): Promise<void> {
    const metric = {
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: 'backfill' }],
      Timestamp: new Date(Date.now() - 120_000),
      Value: seconds,
    };
    await others.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'AWS/SQS', MetricData: [metric] }));
  }

  /** Returns what docs/operate.md shows for a command, with the times and ages of its example in angle brackets. */
  function shownFor(command: string): string {
    const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
    const escaped = command.replaceAll(/[.*+?^$]/g, '\\$&');
    const pattern = new RegExp(`^\\$ cloudtrail-firehose ${escaped}\\n((?:.*\\n)*?)\`\`\``, 'm');
    return pattern.exec(page)?.[1] ?? '';
  }

  /** Replaces what depends on the machine's clock. */
  const withoutClock = (output: string) =>
    output
      .replaceAll(/(?<=Resume by )\S+Z/g, '<time>')
      .replaceAll('npm run -s ct -- ', 'cloudtrail-firehose ');

  const paris = newCursor({
    ...{ job: JOB, bucket: BUCKET, prefix: folderOf('eu-west-3') },
    ...{ from: '2026-01-01T00:00:00Z', until: '2026-11-01T00:00:00Z', order: 'oldest-first' },
  });

  describe('start', () => {
    const range = ['--from', '2026-11-02', '--to', '2026-11-04'];

    beforeEach(() =>
      putObjects(
        keyOf('eu-west-3', '20261101T2359Z'),
        keyOf('eu-west-3', '20261102T0000Z'),
        keyOf('eu-west-3', '20261103T2359Z'),
        keyOf('eu-west-3', '20261104T0000Z'),
        keyOf('eu-west-1', '20261103T1200Z'),
        keyOf('us-east-1', '20260101T1200Z'),
        keyOf('eu-west-3', '20261103T1200Z', 'CloudTrail-Insight'),
        keyOf('eu-west-3', '20261103T1200Z', 'CloudTrail-Digest'),
      ),
    );

    it('counts what is in the range, and sends nothing without --yes', async () => {
      const { stdout, stderr, status } = await backfill(...range);
      const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 4));
      expect(rows.slice(0, 5)).toEqual([
        ['account', 'kind', 'region', 'objects'],
        [ACCOUNT, 'CloudTrail-Insight', 'eu-west-3', '1'],
        [ACCOUNT, 'CloudTrail', 'eu-west-1', '1'],
        [ACCOUNT, 'CloudTrail', 'eu-west-3', '2'],
        [ACCOUNT, 'CloudTrail', 'us-east-1', '0'],
      ]);
      expect(stdout).toMatch(/\n {2}4 objects, \d+ B stored\n {2}about \d+ events\n/);
      expect({ stderr, status }).toEqual({
        stderr: '✔ would put 3 cursors on the backfill queue. To start, add --yes.',
        status: 0,
      });
      expect(await receive()).toEqual([]);
    });

    it('puts one cursor per account, kind and Region with objects on the queue', async () => {
      const { stdout, stderr, status } = await backfill(...range, '--yes', '--json');
      const result = JSON.parse(stdout);
      expect(result).toMatchObject({ dryRun: false, error: null, notSent: [], objects: 4, archived: 0 });
      expect(stderr).toMatch(
        /^✔ started job (\d{4}-\d\d-\d\d-[0-9a-f]{8}) with 3 cursors\. To follow it: .* backfill status --job \1$/,
      );
      expect(status).toBe(0);
      const cursors = await cursorsOn();
      expect(cursors.map(({ prefix }) => prefix).sort()).toEqual([
        folderOf('eu-west-3', 'CloudTrail-Insight'),
        folderOf('eu-west-1'),
        folderOf('eu-west-3'),
      ]);
      for (const cursor of cursors)
        expect(cursor).toMatchObject({
          ...{ job: result.job, bucket: BUCKET, step: 0, startAfter: '', order: 'oldest-first' },
          ...{ from: '2026-11-02T00:00:00Z', until: '2026-11-04T00:00:00Z' },
        });
    });

    it('selects kinds, accounts and Regions, and sends all of them without a count', async () => {
      const selected = ['--kind', 'log', '--account', ACCOUNT, '--region', 'us-east-1', '--newest-first'];
      const { stderr, status } = await backfill(...range, ...selected, '--no-count', '--yes');
      expect(stderr).toMatch(/^✔ started job \S+ with 1 cursor\. /);
      expect(status).toBe(0);
      expect(await cursorsOn()).toMatchObject([{ prefix: folderOf('us-east-1'), order: 'newest-first' }]);
    });

    it('warns of a range that has not ended', async () => {
      const { stderr } = await backfill('--from', '2026-11-02', '--to', '2126-11-04');
      expect(stderr).toContain(
        'note: --to is in the future: objects that arrive meanwhile are delivered twice',
      );
    });

    it('refuses a stack without backfill, after a dry run that says so', async () => {
      await createStack('Plain', { TrailBucket: BUCKET });
      const dry = await backfill(...range, '--stack', 'Plain');
      expect(dry.stderr).toContain('note: stack Plain has no output BackfillQueueUrl.');
      expect(dry.status).toBe(0);
      const refused = {
        stdout: '',
        stderr:
          'error: stack Plain was deployed without backfill. Deploy it again with the same settings and -c backfill=true.',
        status: 2,
      };
      for (const args of [[...range, '--yes'], ['status'], ['pause'], ['resume'], ['stop']])
        expect(await backfill(...args, '--stack', 'Plain')).toEqual(refused);
    });

    it.each<[string, string[], string]>([
      ['no range', [], '--from and --to are required: the times of delivery, in UTC'],
      [
        'a range that ends before its start',
        ['--from', '2026-11-04', '--to', '2026-11-02'],
        '--from must be before --to',
      ],
      [
        'an account without a folder',
        [...range, '--account', '111122223333'],
        `s3://${BUCKET}/AWSLogs/111122223333/ has no folder of a trail. Check --account.`,
      ],
      [
        'a kind without a folder',
        [...range, '--kind', 'networkActivity'],
        `s3://${BUCKET}/AWSLogs/ has no folder of log objects of kind networkActivity`,
      ],
      [
        'a range without objects',
        ['--from', '2025-01-01', '--to', '2025-01-02'],
        `s3://${BUCKET}/AWSLogs/: no log object of this range. Check --from, --to, --kind and the folder.`,
      ],
      [
        'another prefix',
        [...range, '--prefix', 'other'],
        `s3://${BUCKET}/other/AWSLogs/ has no folder of an account. Check --bucket and --prefix.`,
      ],
      [
        'another bucket than the stack reads',
        [...range, '--bucket', 'other-bucket', '--yes'],
        `--bucket is not the trail bucket of stack ${STACK}, whose function would reject its objects. Remove --bucket, or use --local.`,
      ],
      [
        'a bucket that is not there',
        [...range, '--bucket', 'other-bucket'],
        's3://other-bucket: the bucket does not exist',
      ],
      [
        'another stack',
        [...range, '--stack', 'Other'],
        `stack Other does not exist in ${REGION}. Name it with --stack.`,
      ],
      ['an option of --local', [...range, '--out', 'x'], '--out needs --local'],
    ])('refuses %s', async (_, args, message) => {
      expect(await backfill(...args)).toEqual({ stdout: '', stderr: `error: ${message}`, status: 2 });
      expect(await receive()).toEqual([]);
    });
  });

  describe('pause and resume', () => {
    it('disable and enable the mapping, and are done if it is so already', async () => {
      for (let n = 0; n < 2; n++) {
        const paused = await backfill('pause');
        expect(paused.stderr).toMatch(
          /^✔ paused, with 0 messages on the queue, the oldest for 0 s\. Resume by /,
        );
        expect([paused.status, await stateOfMapping()]).toEqual([0, 'Disabled']);
      }
      for (let n = 0; n < 2; n++) {
        expect(await backfill('resume')).toMatchObject({ stderr: '✔ resumed', status: 0 });
        expect(await stateOfMapping()).toBe('Enabled');
      }
    });

    it('print what docs/operate.md shows', async () => {
      await send(formatCursor(paris));
      await reportAge(36_000);
      const until = new Date(Date.now() + 24 * HOUR_MS).toISOString().slice(0, 10);
      const { stdout, stderr } = await backfill('pause', '--until', until);
      expect(withoutClock(`${stdout}${stderr}\n`)).toBe(
        withoutClock(shownFor('backfill pause --until 2026-11-10')),
      );
    });

    it('refuse a pause that the oldest message would not outlast, with the date', async () => {
      await send(formatCursor(paris));
      await reportAge(10 * 86_400);
      // 14 days of retention, 10 days and 2 minutes of age, 6 hours to spare.
      const safe = Date.now() + 4 * 24 * HOUR_MS - 6 * HOUR_MS - 120_000;
      const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
      const refused = await backfill('pause', '--until', at(safe + 120_000));
      expect(refused.stderr).toMatch(
        /^error: the queue would delete messages before \S+\. A pause is safe until (\S+)\. For longer, use /,
      );
      const [, until = ''] = /safe until (\S+)\. /.exec(refused.stderr) ?? [];
      expect(Math.abs(Date.parse(until) - safe)).toBeLessThan(60_000);
      expect([refused.status, await stateOfMapping()]).toEqual([2, 'Enabled']);
      expect(await backfill('pause', '--until', at(safe - 120_000))).toMatchObject({ status: 0 });
      expect(await stateOfMapping()).toBe('Disabled');
    });

    it('cannot tell how long a pause is safe before CloudWatch knows the age', async () => {
      await send(formatCursor(paris));
      const refused = await backfill('pause', '--until', '2126-01-01');
      expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('does not know the age') });
      const paused = await backfill('pause');
      expect(paused.stderr).toMatch(
        /1 message on the queue, of unknown age\. Resume soon: the queue keeps messages for 336 h/,
      );
      expect(await backfill('pause', '--until', '2020-01-01')).toMatchObject({
        stderr: 'error: --until is in the past',
        status: 2,
      });
    });
  });

  describe('stop', () => {
    const objects = JSON.stringify({
      resume: [{ bucket: BUCKET, key: keyOf('eu-west-3', '20261102T0000Z') }],
    });
    const moved = {
      ...paris,
      ...{ startAfter: keyOf('eu-west-3', '20260704T0310Z'), step: 7, page: 7, listed: 7000, enqueued: 6990 },
    };
    const backwards = {
      ...newCursor({ ...paris, prefix: folderOf('eu-west-1', 'CloudTrail-Insight'), order: 'newest-first' }),
      ...{ day: '2026-03-09', step: 3 },
    };

    it('takes out the cursors only, and prints how to go on from each', async () => {
      for (const body of [
        objects,
        formatCursor(moved),
        '{"backfill":{"version":9}}',
        formatCursor(backwards),
      ])
        await send(body);
      const dry = await backfill('stop');
      expect(dry).toEqual({
        stdout: '',
        stderr: '✔ would look at 4 messages, and take out the cursors. To do so, add --yes.',
        status: 0,
      });
      expect(await receive()).toHaveLength(4);

      const { stdout, stderr, status } = await backfill('stop', '--yes');
      expect(withoutClock(`${stdout}${stderr}\n`)).toBe(shownFor('backfill stop --yes'));
      expect({ stderr, status }).toEqual({
        stderr: 'note: 2 other messages stay on the queue\n✔ 2 cursors taken out',
        status: 0,
      });
      expect(stdout).toMatch(/ 2026-07-04T03:10:00Z +7,000 +6,990 +taken out\n/);
      const commands = stdout.split('\n').flatMap((line) => /backfill (--from.*)/.exec(line)?.[1] ?? []);
      expect(commands.sort()).toEqual([
        `--from 2026-01-01T00:00:00Z --to 2026-03-10 --bucket ${BUCKET} --account ${ACCOUNT} --kind insight --region eu-west-1 --stack ${STACK} --newest-first --yes`,
        `--from 2026-07-04T03:10:00Z --to 2026-11-01T00:00:00Z --bucket ${BUCKET} --account ${ACCOUNT} --kind log --region eu-west-3 --stack ${STACK} --yes`,
      ]);
      // The others are visible at once.
      expect((await receive()).sort()).toEqual(['{"backfill":{"version":9}}', objects].sort());
      expect(await stateOfMapping()).toBe('Enabled');

      // One of the printed commands starts a backfill of the rest.
      await putObjects(keyOf('eu-west-3', '20260704T0310Z'));
      const [, forwards = ''] = commands;
      expect(await backfill(...forwards.split(' '))).toMatchObject({ status: 0 });
      const started = (await receive()).filter((body) => body.includes('2026-07-04T03:10:00Z'));
      expect(started.map((body) => parseCursor(JSON.parse(body)))).toMatchObject([
        { prefix: moved.prefix, step: 0 },
      ]);
    });

    it('waits for delayed cursors, and leaves those of other jobs', async () => {
      await send(formatCursor(moved), queueUrl, 3);
      await send(formatCursor({ ...paris, job: 'other' }));
      await backfill('pause');
      const { stderr, status } = await backfill('stop', '--job', JOB, '--yes');
      expect(stderr.split('\n')).toEqual([
        'waiting for 1 message in flight or delayed',
        'note: 1 other message stays on the queue',
        expect.stringMatching(/^note: the backfill was paused and stays so\./),
        '✔ 1 cursor taken out',
      ]);
      expect(status).toBe(0);
      expect(await cursorsOn()).toMatchObject([{ job: 'other' }]);
      expect(await stateOfMapping()).toBe('Disabled');
    });

    it('after Ctrl-C, prints what it took, makes the rest visible and enables the mapping again', async () => {
      await send(formatCursor(moved));
      await send(objects);
      await send(formatCursor(backwards), queueUrl, 900);
      const child = cli.start(['backfill', 'stop', '--yes'], {
        env: { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: moto.url },
      });
      child.stderr?.once('data', () => child.kill('SIGINT'));
      const { stdout, stderr, status } = await child.finished;
      expect(stdout).toMatch(/ 6,990 +taken out\n/);
      expect(stderr).toContain(
        '✖ 1 cursor taken out; 1 message in flight or delayed could not be looked at.',
      );
      expect(status).toBe(130);
      expect(await receive()).toEqual([objects]);
      expect(await stateOfMapping()).toBe('Enabled');
    });
  });

  describe('status', () => {
    /** Puts the lines that the function logs for a cursor's step, as Lambda writes them. */
    async function log(
      cursor: BackfillCursor,
      state: 'enqueued' | 'done',
      minutesAgo: number,
    ): Promise<void> {
      const lines = linesOf({ cursor, state, archivedKeys: [], delaySeconds: 0 });
      const timestamp = Date.now() - minutesAgo * 60_000;
      const logEvents = lines.map((line) => ({
        timestamp,
        message: JSON.stringify({ timestamp: new Date(timestamp), level: 'INFO', message: line }),
      }));
      await others.logs.send(
        new PutLogEventsCommand({ logGroupName: LOG_GROUP, logStreamName: 's', logEvents }),
      );
    }

    const at = (key: string, page: number) => ({
      ...{ startAfter: key, page, step: page, listed: page * 1000, enqueued: page * 990, archived: page },
    });
    const today = new Date().toISOString().slice(0, 10);
    const job = `${today}-1a2b3c4d`;
    const walk = { ...paris, job };
    const second = { ...walk, prefix: folderOf('us-east-1') };

    it('merges the last steps of each cursor, and shows queues and mapping', async () => {
      await log({ ...walk, ...at(keyOf('eu-west-3', '20260701T0000Z'), 1) }, 'enqueued', 3);
      await log({ ...walk, ...at(keyOf('eu-west-3', '20260704T0310Z'), 2) }, 'enqueued', 2);
      await log({ ...second, ...at(keyOf('us-east-1', '20261030T0310Z'), 4) }, 'done', 1);
      await log({ ...walk, job: 'other', ...at(keyOf('eu-west-3', '20260101T0310Z'), 1) }, 'enqueued', 1);
      await send(formatCursor(walk));
      await reportAge(36_000);
      const { stdout, stderr, status } = await backfill('status', '--job', job);
      const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
      expect(rows.slice(0, 3)).toEqual([
        ['queue', '1 waiting, 0 in flight, 0 delayed; the oldest waits for 10 h 2 min'],
        ['dead letters', '0'],
        ['polling', 'on'],
      ]);
      expect(rows.slice(4, 7)).toEqual([
        ['job', 'account', 'kind', 'region', 'state', 'at', 'listed', 'enqueued', 'archived'],
        [job, ACCOUNT, 'CloudTrail', 'eu-west-3', 'enqueued', '2026-07-04T03:10:00Z', '2,000', '1,980', '2'],
        [job, ACCOUNT, 'CloudTrail', 'us-east-1', 'done', 'the end', '4,000', '3,960', '4'],
      ]);
      expect({ stderr, status }).toEqual({
        stderr: 'note: 6 archived objects not read\n✔ 1 of 2 cursors done, 5,940 objects enqueued',
        status: 0,
      });
      const all = await backfill('status', '--json');
      expect(JSON.parse(all.stdout)).toMatchObject({ paused: false, deadLetters: 0 });
      expect(JSON.parse(all.stdout).cursors).toHaveLength(3);
    });

    it('prints what docs/operate.md shows', async () => {
      const shown = {
        ...paris,
        job: '2026-11-05-1a2b3c4d',
        from: '2026-11-01T00:00:00Z',
        until: '2026-11-04T00:00:00Z',
      };
      const insight = { ...shown, prefix: folderOf('us-east-1', 'CloudTrail-Insight') };
      const virginia = { ...shown, prefix: folderOf('us-east-1') };
      await log(
        { ...shown, ...at(keyOf('eu-west-3', '20261103T2355Z'), 1), listed: 121, enqueued: 120 },
        'done',
        3,
      );
      await log({ ...insight, ...at('', 1), listed: 24, enqueued: 24, archived: 0 }, 'done', 3);
      await log(
        {
          ...virginia,
          ...at(keyOf('us-east-1', '20261102T2040Z'), 1),
          listed: 537,
          enqueued: 537,
          archived: 0,
        },
        'enqueued',
        2,
      );
      await send(formatCursor(virginia));
      await send('{"resume":[]}');
      const { stdout, stderr } = await backfill('status');
      expect(withoutClock(`${stdout}${stderr}\n`)).toBe(shownFor('backfill status'));
    });

    it('names dead letters and a pause, and cannot tell about an unknown job', async () => {
      await log({ ...walk, ...at('', 0) }, 'enqueued', 600);
      await send('x', deadLetterQueueUrl);
      await backfill('pause');
      const { stdout, stderr, status } = await backfill('status');
      // The last step is from before the pause.
      expect(stdout).toContain(` ${paris.from} `);
      expect(stderr).toMatch(/^✖ 1 message in the dead-letter queue of the backfill\nnote: paused\. Resume /);
      expect(status).toBe(1);
      expect(await backfill('status', '--job', '2026-11-03-ffffffff')).toEqual({
        stdout: '',
        stderr: `error: no step of job 2026-11-03-ffffffff in log group ${LOG_GROUP}. Check the name; a new job logs its first step within a minute.`,
        status: 2,
      });
      expect(await backfill('status', '--job', 'a b')).toMatchObject({ status: 2 });
    });
  });
});

/** The end record of a zip file without entries. */
const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

/** Without a client of IAM, which nothing else needs. */
async function createRole(endpoint: string, name: string): Promise<void> {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
    ],
  };
  const scope = 'Credential=test/20261103/us-east-1/iam/aws4_request';
  const { status } = await fetch(endpoint, {
    method: 'POST',
    headers: { Authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=s` },
    body: new URLSearchParams({
      ...{ Action: 'CreateRole', Version: '2010-05-08', RoleName: name },
      AssumeRolePolicyDocument: JSON.stringify(trust),
    }),
  });
  if (status !== 200) throw new Error(`CreateRole: HTTP ${status}`);
}

function createOthers(endpoint: string) {
  const options = { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    cloudformation: new CloudFormationClient(options),
    cloudwatch: new CloudWatchClient(options),
    lambda: new LambdaClient(options),
    logs: new CloudWatchLogsClient(options),
  };
}
