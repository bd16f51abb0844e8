import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CloudTrailEndpoint, startCloudTrail } from '../../local/cloudtrail/endpoint.ts';
import { type FirehoseEndpoint, startFirehose } from '../../local/firehose/endpoint.ts';
import { type S3Endpoint, startS3 } from '../../local/s3/endpoint.ts';
import { type SqsEndpoint, startSqs } from '../../local/sqs/endpoint.ts';
import type { SqsMessage } from '../../local/sqs/receive.ts';
import {
  BUCKET,
  createSigningKey,
  DAY,
  HOUR_MS,
  REGION,
  SignedTrail,
  utc,
} from '../../samples/signed-trail.ts';
import { listOf, type Statement } from '../infra/synthesize.ts';
import { type PolicyProxy, startPolicyProxy } from '../policy-proxy.ts';
import { useCli } from './run-cli.ts';

const cli = useCli();
const ACCOUNT = '000000000000';
const EVENTS = 'example-event-bucket';

/** Headings of docs/operate.md, by the command whose policy is below. */
const PAGES: Record<string, string> = {
  verify: '### Permissions',
  'replay dlq': '### Permissions to replay dead letters',
  'replay object': '### Permissions to replay objects',
  'replay errors': '### Permissions to replay errors',
  preflight: '### Permissions for preflight',
  status: '### Permissions for status',
  backfill: '### Permissions for a backfill',
};

async function printed(...command: string[]): Promise<string> {
  const { stdout, stderr, status } = await cli.run([...command, '--print-policy']);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

describe('--print-policy', () => {
  it.each(Object.keys(PAGES))('of %s is what docs/operate.md shows', async (command) => {
    const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
    const [, after = ''] = page.split(`${PAGES[command]}\n\n\`\`\`json\n`);
    expect(await printed(...command.split(' '))).toBe(after.split('```')[0]);
  });

  it('fills in what the options name, and needs no other option', async () => {
    expect(await printed('verify', '--bucket', 'my-bucket')).toContain('"arn:aws:s3:::my-bucket/*"');
    const url = (name: string) => `https://sqs.eu-west-3.amazonaws.com/111122223333/${name}`;
    const dlq = await printed(
      'replay',
      'dlq',
      '--work-queue',
      url('work'),
      '--dead-letter-queue',
      url('dead'),
    );
    expect(dlq).toContain('"arn:aws:sqs:eu-west-3:111122223333:work"');
    expect(dlq).toContain('"arn:aws:sqs:eu-west-3:111122223333:dead"');
    expect(await printed('status', '--stack', 'Mine')).toContain('"arn:aws:cloudformation:*:*:stack/Mine/*"');
    const arn = 'arn:aws:cloudformation:eu-west-3:111122223333:stack/Mine/id';
    expect(await printed('status', '--stack', arn)).toContain(`"${arn}"`);
  });

  it('is never empty, and allows no action on everything that has a resource', async () => {
    for (const command of Object.keys(PAGES)) {
      const { Statement: statements } = JSON.parse(await printed(...command.split(' '))) as {
        Statement: Statement[];
      };
      const everywhere = statements
        .filter(({ Resource }) => listOf(Resource).includes('*'))
        .flatMap(({ Action }) => listOf(Action));
      expect(statements.length).toBeGreaterThan(2);
      expect(
        everywhere.filter((action) =>
          /\*|:(Put|Delete|Send|Receive|Change|Update|Create|GetObject)/.test(action),
        ),
      ).toEqual([]);
    }
  });
});

describe('a command with exactly its printed policy', () => {
  let s3: S3Endpoint;
  let sqs: SqsEndpoint;
  let firehose: FirehoseEndpoint;
  let cloudtrail: CloudTrailEndpoint;
  let proxy: PolicyProxy;
  const signer = createSigningKey();

  beforeAll(async () => {
    const validity = { validFrom: new Date(DAY - 40 * HOUR_MS), validTo: new Date(DAY + 40 * HOUR_MS) };
    s3 = await startS3();
    sqs = await startSqs({ queues: ['work', 'dead'] });
    firehose = await startFirehose({ streams: ['events'] });
    cloudtrail = await startCloudTrail({
      keys: [{ fingerprint: signer.fingerprint, value: signer.publicKey, ...validity }],
    });
    const endpoints: Record<string, { url: string }> = { s3, sqs, firehose, cloudtrail };
    proxy = await startPolicyProxy({
      account: ACCOUNT,
      region: REGION,
      targetOf: (service) => endpoints[service]?.url ?? '',
    });
  });
  beforeEach(fill);

  function fill(): void {
    s3.reset();
    sqs.reset();
    firehose.reset();
    const trail = new SignedTrail({ signer });
    for (let i = -1; i < 6; i++) trail.addHour(DAY + i * HOUR_MS);
    for (const [key, { bytes, metadata = {} }] of trail.objects)
      s3.putObject(BUCKET, key, bytes, { metadata, lastModified: new Date(DAY) });
    s3.putObject(EVENTS, 'receipts/day=2024-05-14/hour=00/a.json', Buffer.from('{}\n'));
    const rawData = Buffer.from('x').toString('base64');
    s3.putObject(EVENTS, 'errors/a', Buffer.from(`{"rawData":"${rawData}"}\n`));
    s3.putObject(BUCKET, logKey(), Buffer.from('{"Records":[{"a":1}]}'));
    const known = { bucket: BUCKET, key: 'AWSLogs/a.json.gz', nextRecord: 0, attempt: 0 };
    for (const [messageId, body] of Object.entries({ known, unknown: { a: 1 } }))
      (sqs.messages('dead') as SqsMessage[]).push({ messageId, body: JSON.stringify(body), delaySeconds: 0 });
  }

  afterAll(async () => {
    await proxy.close();
    await Promise.all([s3.close(), sqs.close(), firehose.close(), cloudtrail.close()]);
  });

  const queueUrl = (name: string) => sqs.queueUrl(name).replace(sqs.url, proxy.url);
  const logKey = () => `AWSLogs/111122223333/CloudTrail/${REGION}/2024/05/14/a.json.gz`;
  const COMMANDS: Record<string, () => string[]> = {
    verify: () => [
      ...['verify', '--from', utc(DAY), '--to', utc(DAY + 4 * HOUR_MS), '--bucket', BUCKET, '--deep'],
      ...['--receipts', `s3://${EVENTS}/receipts/`, '--enqueue', '--work-queue', queueUrl('work'), '--yes'],
    ],
    'replay dlq': () => [
      'replay',
      'dlq',
      '--dead-letter-queue',
      queueUrl('dead'),
      '--work-queue',
      queueUrl('work'),
      '--yes',
    ],
    'replay object': () => [
      'replay',
      'object',
      `s3://${BUCKET}/${logKey()}`,
      '--records',
      '0-',
      '--work-queue',
      queueUrl('work'),
      '--yes',
    ],
    'replay errors': () => ['replay', 'errors', `s3://${EVENTS}/errors/`, '--stream', 'events', '--yes'],
  };
  /** Calls of other options: the stack's outputs, and versions. */
  const NOT_CALLED: Record<string, string[]> = {
    verify: ['cloudformation:DescribeStacks', 'lambda:GetFunctionConfiguration'],
    'replay dlq': ['cloudformation:DescribeStacks'],
    'replay object': ['cloudformation:DescribeStacks', 's3:GetObjectVersion'],
    'replay errors': ['cloudformation:DescribeStacks'],
  };

  async function run(command: string, statements: readonly Statement[]) {
    proxy.enforce(statements);
    const env = {
      ...process.env,
      ...{ AWS_ENDPOINT_URL: proxy.url, AWS_REGION: REGION, AWS_MAX_ATTEMPTS: '1' },
      ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    };
    return cli.run(COMMANDS[command]?.() ?? [], '', { env });
  }

  async function policyOf(command: string): Promise<Statement[]> {
    const text = (await printed(...command.split(' ')))
      .replaceAll('TRAIL-BUCKET', BUCKET)
      .replaceAll('EVENT-BUCKET', EVENTS)
      .replaceAll('DEAD-LETTER-QUEUE-ARN', `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`)
      .replaceAll('WORK-QUEUE-ARN', `arn:aws:sqs:${REGION}:${ACCOUNT}:work`)
      .replaceAll('STREAM-ARN', `arn:aws:firehose:${REGION}:${ACCOUNT}:deliverystream/events`);
    return (JSON.parse(text) as { Statement: Statement[] }).Statement;
  }

  it.each(Object.keys(COMMANDS))('%s succeeds, and uses every action', async (command) => {
    const policy = await policyOf(command);
    const { status, stderr } = await run(command, policy);
    // verify finds an object in no digest, and one dead letter is unknown.
    expect({ status, stderr }).toMatchObject({ status: /^(verify|replay dlq)$/.test(command) ? 1 : 0 });
    const called = new Set(proxy.calls.map(({ action }) => action));
    const actions = policy.flatMap(({ Action }) => listOf(Action));
    expect(actions.filter((action) => !called.has(action))).toEqual(NOT_CALLED[command]);
  });

  it.each(Object.keys(COMMANDS))('%s names each action that is missing', async (command) => {
    const policy = await policyOf(command);
    const actions = policy
      .flatMap(({ Action }) => listOf(Action))
      .filter((action) => !NOT_CALLED[command]?.includes(action));
    for (const missing of actions) {
      const without = policy.map((statement) => ({
        ...statement,
        Action: listOf(statement.Action).filter((action) => action !== missing),
      }));
      fill();
      const { stderr, status } = await run(command, without);
      expect({ missing, stderr, status }).toEqual({
        missing,
        stderr: expect.stringContaining(`allow ${missing}`),
        status: 2,
      });
    }
  });
});
