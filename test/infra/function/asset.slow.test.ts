import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { formatCursor, newCursor } from '../../../lambda/backfill/cursor.ts';
import { parseEvent } from '../../../lambda/trigger/parse-event.ts';
import type { Handler } from '../../../local/account.ts';
import { sampleBucket } from '../../../samples/sample-objects.ts';
import { prepareEvent } from '../../prepare-event.ts';
import { DESTINATIONS, OPTIONS } from '../combinations.ts';
import { bundleFunction, LOCAL_NAMES, SAMPLE_TRAILS, startRecordedAccount } from '../deployed-locally.ts';
import { type Call, findAllowing } from '../policy-evaluation.ts';
import { listOf, roleStatements, synthesize } from '../synthesize.ts';

const eventsUrl = new URL('../../../events/', import.meta.url);
const PLENTY_OF_TIME = { getRemainingTimeInMillis: () => 300_000 };

/** An invocation at its deadline: it has time to send resume messages, but not to read. */
function atDeadline() {
  let asked = 0;
  return { getRemainingTimeInMillis: () => (asked++ === 0 ? 20_000 : 10_000) };
}

let bundle: ReturnType<typeof bundleFunction>;
let account: Awaited<ReturnType<typeof startRecordedAccount>>;

beforeAll(async () => {
  bundle = bundleFunction();
  account = await startRecordedAccount();
  // Hides the function's log.
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
}, 60_000);

afterAll(async () => {
  vi.restoreAllMocks();
  await account?.close();
  bundle?.remove();
});

/** An SQS event with each body in a message, with unique message IDs. */
function queued(...bodies: unknown[]) {
  return {
    Records: bodies.map((body) => ({
      messageId: `m${messages++}`,
      eventSource: 'aws:sqs',
      body: JSON.stringify(body),
    })),
  };
}

let messages = 0;

/** The same messages on their second receive. */
function redelivered({ Records }: ReturnType<typeof queued>) {
  const attributes = { ApproximateReceiveCount: '2' };
  return { Records: Records.map((record) => ({ ...record, attributes })) };
}

function sampleEvent(name: string): Promise<unknown> {
  return prepareEvent(name, account.s3);
}

/** Reads the records of an event's objects without the function's code. */
function recordsNamed(event: unknown): string[] {
  const refs = parseEvent(event).items.flatMap(({ notification }) => notification?.refs ?? []);
  return refs.flatMap(({ key, nextRecord }) => {
    const stored = readFileSync(new URL(`objects/${encodeURI(key)}`, eventsUrl));
    const text = (stored[0] === 0x1f ? gunzipSync(stored) : stored).toString('utf8');
    const { Records }: { Records: unknown[] } = JSON.parse(text);
    return Records.slice(nextRecord).map((record) => JSON.stringify(record));
  });
}

/** The events that Firehose accepted, with any packing. */
function linesDelivered(): string[] {
  return account.accepted.flatMap((data) =>
    (data[0] === 0x1f ? gunzipSync(data) : data).toString('utf8').trimEnd().split('\n'),
  );
}

/** The original records of the events that Firehose accepted. */
function recordsDelivered(): string[] {
  return linesDelivered().map((line) => JSON.stringify(JSON.parse(JSON.parse(line).message)));
}

/** Every event whose records are delivered unchanged. Other tests cover the others. */
const EVENTS = readdirSync(eventsUrl)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''))
  .filter((name) => !['truncated', 'sqs-one-unknown', 'oversized'].includes(name));

describe('the asset that synth produced', () => {
  it('is one module and its source map, with the SDK inside', () => {
    expect(bundle.files).toEqual(['index.mjs', 'index.mjs.map']);
    expect(bundle.bytes).toBeLessThan(900_000);
    expect(readFileSync(bundle.file, 'utf8')).not.toMatch(/from\s*["']@aws-sdk/);
  });

  it('logs its version with the report of each invocation', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    const handler = await account.load(bundle.file, synthesize());
    await handler(queued(await sampleEvent('account-trail')), PLENTY_OF_TIME);
    expect(console.log).toHaveBeenLastCalledWith(expect.objectContaining({ version, delivered: 50 }));
  });

  it.each(Object.entries<PipelineSettings>(DESTINATIONS))(
    'delivers every record of the samples as an event, with the environment for %s',
    async (_, settings) => {
      const handler = await account.load(bundle.file, synthesize(settings));
      let delivered = 0;
      for (const name of EVENTS) {
        account.accepted.length = 0;
        const event = await sampleEvent(name);
        const { isQueue, job, items } = parseEvent(event);
        const answer = await handler(isQueue || job ? event : queued(event), PLENTY_OF_TIME);
        const succeeded = items.map(() => expect.objectContaining({ resultCode: 'Succeeded' }));
        if (job) expect(answer?.results, name).toEqual(succeeded);
        else expect(answer, name).toEqual({ batchItemFailures: [] });
        expect(recordsDelivered().sort(), name).toEqual(recordsNamed(event).sort());
        delivered += account.accepted.length > 0 ? recordsDelivered().length : 0;
      }
      expect(delivered).toBeGreaterThan(900);
    },
  );

  it('names accounts from the file next to its code, and labels events', async () => {
    const named = bundleFunction(OPTIONS.Detection);
    expect(named.files).toEqual(['accounts.json', 'index.mjs', 'index.mjs.map']);
    const handler = await account.load(named.file, synthesize(OPTIONS.Detection));
    account.accepted.length = 0;
    await handler(queued(await sampleEvent('account-trail')), PLENTY_OF_TIME);
    const events = linesDelivered().map((line) => JSON.parse(line));
    expect(events).toHaveLength(50);
    expect(events.map(({ labels }) => labels)).toEqual(Array(50).fill({ env: 'prod', team: 'payments' }));
    expect(events.map(({ cloud }) => cloud.account.name)).toContain('payments-prod');
    named.remove();
  });

  it('delivers the text of records in profile raw', async () => {
    const handler = await account.load(bundle.file, synthesize({ profile: 'raw' }));
    account.accepted.length = 0;
    const event = await sampleEvent('account-trail');
    await handler(queued(event), PLENTY_OF_TIME);
    const lines = linesDelivered();
    expect(lines.map((line) => JSON.stringify(JSON.parse(line)))).toEqual(recordsNamed(event));
  });

  it('processes a direct notification and reports a truncated object', async () => {
    const handler = await account.load(bundle.file, synthesize({ trigger: 'direct' }));
    account.accepted.length = 0;
    await handler(await sampleEvent('account-trail'), PLENTY_OF_TIME);
    expect(recordsDelivered()).toHaveLength(50);

    account.accepted.length = 0;
    const { batchItemFailures } =
      (await handler(queued(await sampleEvent('truncated')), PLENTY_OF_TIME)) ?? {};
    expect(recordsDelivered()).toHaveLength(112);
    // The object made progress, so the rest is requeued. The second attempt makes none and fails.
    expect(batchItemFailures).toEqual([]);
    const [rest] = account.resumes();
    const again = queued(JSON.parse(rest?.body ?? ''));
    expect(await handler(again, PLENTY_OF_TIME)).toEqual({
      batchItemFailures: [{ itemIdentifier: again.Records[0]?.messageId }],
    });
  });
});

/** Permissions that an AWS service uses with the function's role, and for what. */
const NEEDED_BY_SERVICES: Record<string, string> = {
  'TakeWork sqs:ReceiveMessage': 'Lambda polls the queue with the role of the function',
  'TakeWork sqs:DeleteMessage': 'Lambda deletes acknowledged messages with the same role',
  'TakeWork sqs:GetQueueAttributes': 'Lambda reads them when it creates the mapping and when it scales',
  'WriteLog logs:CreateLogStream': 'the runtime creates a log stream for each container',
  'WriteLog logs:PutLogEvents': 'the runtime writes what the function prints',
  'DecryptLogObjects kms:Decrypt': 'S3 decrypts an object with the permissions of its reader',
};

describe('the role', () => {
  /** `Sid action` of each call. The same action on another resource is another permission. */
  const used = new Set<string>();

  /** Runs all code paths: objects, versions, a missing object, a deadline, work requeued twice. */
  async function runAll(settings: PipelineSettings, belongs: (key: string) => boolean): Promise<Call[]> {
    account.calls.length = 0;
    // Messages from earlier runs belong to other trails.
    account.resumes();
    const handler = await account.load(bundle.file, synthesize(settings), { isScoped: true });
    for (const name of [...EVENTS, 'truncated']) {
      const event = await sampleEvent(name);
      const refs = parseEvent(event).items.flatMap(({ notification }) => notification?.refs ?? []);
      for (const ref of refs.filter(({ key }) => belongs(key))) {
        await handler(queued(ref), PLENTY_OF_TIME);
        await requeueTwice(handler, queued(ref));
        const key = ref.key.replace(/[^/]+$/, 'missing.json.gz');
        await handler(queued({ ...ref, key }), PLENTY_OF_TIME);
        // For a missing key, S3 checks whether the caller can list it.
        account.calls.push({ action: 's3:ListBucket', resource: `arn:aws:s3:::${ref.bucket}`, prefix: key });
      }
    }
    return account.calls;
  }

  /** Redelivers a message whose rest is already on the queue, as if the response to SendMessage was lost. */
  async function requeueTwice(handler: Handler, batch: ReturnType<typeof queued>): Promise<void> {
    await handler(batch, atDeadline());
    await handler(redelivered(batch), atDeadline());
    // The redelivery looked for a claim that does not exist yet.
    const prefix = `claims/${batch.Records[0]?.messageId}`;
    account.calls.push({ action: 's3:ListBucket', resource: LOCAL_NAMES['ClaimsBucket.Arn'], prefix });
    for (const { body } of account.resumes()) await handler(queued(JSON.parse(body)), PLENTY_OF_TIME);
  }

  it.each<[string, (key: string) => boolean]>([
    ['accounts', (key) => key.startsWith('AWSLogs/1')],
    ['organization', (key) => key.startsWith('AWSLogs/o-')],
    ['prefix', (key) => key.startsWith('my trails/')],
  ])('allows every call of a full run over the samples of: %s', async (name, belongs) => {
    const settings = { trailBucketName: sampleBucket, ...SAMPLE_TRAILS[name] };
    const statements = roleStatements(synthesize(settings), 'DeliverRole', LOCAL_NAMES);
    const calls = await runAll(settings, belongs);
    expect(calls.length).toBeGreaterThan(4);
    for (const call of calls) {
      const allowing = findAllowing(statements, call);
      expect(allowing, JSON.stringify(call)).toBeDefined();
      used.add(`${allowing?.Sid} ${call.action}`);
    }
  });

  it.each(['queue', 'direct', 'sns', 'eventbridge'] as const)(
    'allows only actions that the runs used, with trigger %s',
    (trigger) => {
      const statements = roleStatements(synthesize({ trigger, encryptTrail: true }), 'DeliverRole');
      const allowed = statements
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Sid, Action }) => listOf(Action).map((action) => `${Sid} ${action}`));
      expect(allowed.filter((action) => action.includes('*'))).toEqual([]);
      expect([...used, ...Object.keys(NEEDED_BY_SERVICES)].sort()).toEqual(allowed.sort());
    },
  );

  it('of a backfill allows every call of a walk, and no other queue', async () => {
    const settings = { trailBucketName: sampleBucket, ...SAMPLE_TRAILS.accounts, backfill: true };
    const template = synthesize(settings);
    const statements = roleStatements(template, 'BackfillDeliverRole', LOCAL_NAMES);
    await sampleEvent('account-trail');
    account.calls.length = 0;
    account.accepted.length = 0;
    const handler = await account.load(bundle.file, template, {
      isScoped: true,
      idPrefix: 'BackfillDeliverFunction',
    });
    for (const order of ['oldest-first', 'newest-first'] as const) {
      const prefix = 'AWSLogs/111122223333/CloudTrail/eu-west-3/';
      const range = { job: order, bucket: sampleBucket, prefix, from: '2026-11-01', until: '2026-12-01' };
      const cursor = JSON.parse(formatCursor(newCursor({ ...range, order })));
      for (let batch = [cursor]; batch.length > 0; ) {
        expect(await handler(redelivered(queued(...batch)), PLENTY_OF_TIME)).toEqual({
          batchItemFailures: [],
        });
        batch = account.backfillMessages().map(({ body }) => JSON.parse(body));
      }
    }
    expect(recordsDelivered().length).toBeGreaterThan(50);
    const actions = new Set(account.calls.map(({ action }) => action));
    for (const action of ['s3:ListBucket', 'sqs:GetQueueAttributes', 'sqs:SendMessage'])
      expect(actions).toContain(action);
    for (const call of account.calls)
      expect(findAllowing(statements, call), JSON.stringify(call)).toBeDefined();
    for (const action of ['sqs:SendMessage', 'sqs:ReceiveMessage'])
      expect(findAllowing(statements, { action, resource: LOCAL_NAMES['WorkQueue.Arn'] })).toBeUndefined();
    expect(
      findAllowing(statements, {
        action: 's3:ListBucket',
        resource: `arn:aws:s3:::${sampleBucket}`,
        prefix: 'AWSLogs/999999999999/CloudTrail/eu-west-3/',
      }),
    ).toBeUndefined();
  });

  it('denies access outside the trail, stream, queue and claims', () => {
    const settings = { trailBucketName: sampleBucket, ...SAMPLE_TRAILS.accounts };
    const statements = roleStatements(synthesize(settings), 'DeliverRole', LOCAL_NAMES);
    const bucket = `arn:aws:s3:::${sampleBucket}`;
    const claims = LOCAL_NAMES['ClaimsBucket.Arn'];
    const denied: Call[] = [
      { action: 's3:GetObject', resource: `${bucket}/AWSLogs/999999999999/CloudTrail/x.json.gz` },
      { action: 's3:GetObject', resource: `${bucket}/AWSLogs/111122223333/CloudTrail-Digest/x.json.gz` },
      { action: 's3:GetObject', resource: `${bucket}/AWSLogs/111122223333/Config/x.json.gz` },
      { action: 's3:GetObject', resource: `${bucket}-2/AWSLogs/111122223333/CloudTrail/x.json.gz` },
      { action: 's3:ListBucket', resource: bucket },
      { action: 's3:ListBucket', resource: bucket, prefix: 'AWSLogs/' },
      { action: 's3:PutObject', resource: `${bucket}/AWSLogs/111122223333/CloudTrail/x.json.gz` },
      { action: 's3:PutObject', resource: `${claims}/claim` },
      { action: 's3:DeleteObject', resource: `${claims}/claims/x` },
      { action: 's3:GetObjectVersion', resource: `${claims}/claims/x` },
      { action: 's3:ListBucket', resource: claims },
      { action: 's3:ListBucket', resource: claims, prefix: 'AWSLogs/111122223333/CloudTrail/x.json.gz' },
      { action: 's3:ListBucket', resource: bucket, prefix: 'claims/x' },
      { action: 'firehose:PutRecord', resource: LOCAL_NAMES['Stream.Arn'] },
      { action: 'firehose:PutRecordBatch', resource: `${LOCAL_NAMES['Stream.Arn']}-2` },
      { action: 'sqs:PurgeQueue', resource: LOCAL_NAMES['WorkQueue.Arn'] },
    ];
    for (const call of denied) expect(findAllowing(statements, call), JSON.stringify(call)).toBeUndefined();
  });
});
