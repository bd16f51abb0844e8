import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { formatLogLines } from '../../cli/cloudwatch-log.ts';
import { PROFILES } from '../../lambda/contract.ts';
import type { InvocationReport } from '../../lambda/settle/report.ts';
import { QUEUE, REDACT_KEY_ARN } from '../../local/account.ts';
import type { SecretsManagerFault } from '../../local/secretsmanager/endpoint.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { createRandom } from '../../samples/random.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';
import { CANARY, recordWithCanaries } from './select/canaries.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
beforeEach(() => {
  local.reset();
  local.account().secrets.reset({ secrets: { [REDACT_KEY_ARN]: KEY } });
});

const KEY = 'key-canary-0123456789abcdef0123456789abcdef';
const REDACT = { REDACT: 'default', REDACT_KEY_SECRET_ARN: REDACT_KEY_ARN };
const KEY_NAME = 'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/a_20261122T0715Z_x.json.gz';
const RECORD = JSON.stringify(recordWithCanaries());

let messages = 0;
const queued = (...bodies: unknown[]) => ({
  Records: bodies.map((body) => ({
    eventSource: 'aws:sqs',
    messageId: `message-${messages++}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })),
});

function put(text: string | Buffer, key = KEY_NAME): void {
  local.account().s3.putObject(BUCKET, key, typeof text === 'string' ? gzipSync(text) : text);
}

const letters = () => local.account().workQueue.deadLetters.map(({ body }) => body);

/** Everything that leaves the function, as text. */
function outputs(reports: readonly InvocationReport[], ...others: unknown[]): string {
  const resumes = local
    .account()
    .sqs.messages(QUEUE)
    .map(({ body }) => body);
  return [
    ...unpackEvents(local.taken).map((event) => JSON.stringify(event)),
    ...reports.map((report) => formatLogLines(report, 'request', new Date(0))),
    ...resumes,
    ...letters(),
    ...others.map((other) =>
      other instanceof Error ? `${other.stack} ${JSON.stringify(other)}` : JSON.stringify(other),
    ),
  ].join('\n');
}

function expectNoCanary(text: string): void {
  expect(text).not.toContain(CANARY);
  expect(text).not.toContain('key-canary');
  expect(text.length).toBeGreaterThan(100);
}

describe('an event of a record with secrets', () => {
  it('has marks in every field, and says what it lacks and where the record is', async () => {
    put(`{"Records":[${RECORD},{"eventName":"Other"}]}`);
    const { handler, reports } = local.createHandler(REDACT);
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    const [event, other] = unpackEvents(local.taken);
    expectNoCanary(outputs(reports));
    expect(event).toMatchObject({
      log: { file: { path: `s3://${BUCKET}/${KEY_NAME}` }, flags: ['redacted'], offset: 0 },
      action: { properties: { requestParameters: { userData: expect.stringMatching(MARK) } } },
      aws: {
        cloudtrail: {
          response_elements: { pendingModifiedValues: { masterUserPassword: expect.stringMatching(MARK) } },
          flattened: { request_parameters: expect.stringContaining('redacted:') },
        },
      },
    });
    const marks = new Set(String(event?.message).match(/redacted:[0-9a-f]{32}/g));
    // Each secret text is the canary. The lists and objects have another text.
    expect(marks.size).toBe(3);
    expect(JSON.parse(String(event?.message))).toMatchObject({ eventName: 'AssumeRole' });
    expect(other).not.toHaveProperty('log');
    expect(reports[0]).toMatchObject({ delivered: 2, malformed: 0, hasErrors: false });
  });

  it.each(PROFILES)('has no secret with profile %s', async (profile) => {
    const noise = createRandom(1).base64(1_500_000);
    const large = JSON.stringify(recordWithCanaries({ noise }));
    put(`{"Records":[${RECORD},${large},${RECORD.slice(0, -1)},}]}`);
    const { handler, reports } = local.createHandler({ ...REDACT, PROFILE: profile });
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    expectNoCanary(outputs(reports));
    expect(reports[0]).toMatchObject({ delivered: 3, malformed: 1, truncated: 1 });
    const [event, truncated, unsearchable] = unpackEvents(local.taken);
    expect(JSON.stringify(event)).toMatch(/redacted:[0-9a-f]{32}/);
    expect(truncated).toMatchObject({ log: { flags: ['redacted', 'truncated'] } });
    expect(unsearchable).toMatchObject({ event: { hash: expect.any(String) }, log: { flags: ['redacted'] } });
  });

  it('is the same as before without redaction', async () => {
    put(`{"Records":[${RECORD}]}`);
    const { handler } = local.createHandler();
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    expect(unpackEvents(local.taken)[0]).toMatchObject({ message: RECORD });
    expect(unpackEvents(local.taken)[0]).not.toHaveProperty('log');
    expect(local.account().secrets.counts.requests).toBe(0);
  });

  it('keeps the flag when it is truncated as well', async () => {
    const noise = createRandom(1).base64(1_500_000);
    put(JSON.stringify({ Records: [recordWithCanaries({ noise })] }));
    const { handler, reports } = local.createHandler(REDACT);
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    expect(unpackEvents(local.taken)[0]).toMatchObject({ log: { flags: ['redacted', 'truncated'] } });
    expectNoCanary(outputs(reports));
  });

  it('has marks without a key that are all the same', async () => {
    put(`{"Records":[${RECORD}]}`);
    const { handler, reports } = local.createHandler({ REDACT: 'default' });
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    expectNoCanary(outputs(reports));
    expect(String(unpackEvents(local.taken)[0]?.message)).toContain('"sessionToken":"redacted"');
    expect(local.account().secrets.counts.requests).toBe(0);
  });

  it('has no source if the address is redacted', async () => {
    const { handler } = local.createHandler({ REDACT: 'default' });
    put(`{"Records":[{"eventName":"a","sourceIPAddress":"redacted"}]}`);
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    const [event] = unpackEvents(local.taken);
    expect(event).not.toHaveProperty('source');
    expect(event).not.toHaveProperty('related');
  });
});

const MARK = /^redacted:[0-9a-f]{32}$/;

describe('a record that cannot be searched', () => {
  it.each([
    ['is not JSON', `${RECORD.slice(0, -1)},}`],
    ['is a list', `[${RECORD}]`],
    ['is a text', JSON.stringify(RECORD)],
    ['nests too deep', `{"a":${'['.repeat(10_001)}${RECORD}${']'.repeat(10_001)}}`],
  ])('because it %s is delivered as its SHA-256', async (_, record) => {
    put(`{"Records":[${record}]}`);
    const { handler, reports } = local.createHandler(REDACT);
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    expect(unpackEvents(local.taken)).toEqual([
      {
        event: { kind: 'pipeline_error', hash: createHash('sha256').update(record).digest('hex') },
        '@timestamp': '2026-11-22T07:15:00Z',
        error: {
          message: 'the record is not a JSON object, so secrets in it cannot be found',
          type: 'UnsearchableRecord',
        },
        log: { file: { path: `s3://${BUCKET}/${KEY_NAME}` }, flags: ['redacted'], offset: 0 },
      },
    ]);
    expect(reports[0]).toMatchObject({ recordsRead: 1, delivered: 1, malformed: 1, unbalanced: 0 });
    expectNoCanary(outputs(reports));
  });
});

describe('no secret leaves the function', () => {
  const many = `{"Records":[${Array(40).fill(RECORD).join()}]}`;

  it.each<[string, string | Buffer, Record<string, string>]>([
    ['a record longer than the limit', many, { MAX_RECORD_BYTES: '100' }],
    ['a truncated object', gzipSync(many).subarray(0, -20), {}],
    ['a truncated text', gzipSync(many.slice(0, -10)), {}],
    ['text around the records', `{"x":${RECORD},"Records":[${RECORD}],"password":"${CANARY}"} ${CANARY}`, {}],
    ['a document without records', `{"a":${RECORD},"password":"${CANARY}"}`, {}],
    ['an object that inflates too much', many, { MAX_INFLATED_BYTES: '1000' }],
    ['an object with too many records', many, { MAX_RECORDS_PER_OBJECT: '3' }],
  ])('from %s', async (_, object, settings) => {
    put(object);
    const { handler, reports } = local.createHandler({ ...REDACT, ...settings });
    await local.account().deliver(handler, queued(s3Event(KEY_NAME)), () => PLENTY_OF_TIME);
    expectNoCanary(outputs(reports));
    expect(reports.length).toBeGreaterThan(0);
  });

  it('while Firehose refuses, in resume messages and in dead letters', async () => {
    const message = `cannot accept ${RECORD}`;
    local.reset({
      firehose: () => ({ kind: 'answer', status: 400, code: 'InvalidArgumentException', message }),
    });
    local.account().secrets.reset({ secrets: { [REDACT_KEY_ARN]: KEY } });
    put(many);
    const { handler, reports } = local.createHandler({ ...REDACT, GIVE_UP_AFTER_HOURS: '1' });
    await local.account().deliver(handler, queued(s3Event(KEY_NAME)), () => PLENTY_OF_TIME);
    expect(letters()).toHaveLength(1);
    expect(reports.length).toBeGreaterThan(3);
    expectNoCanary(outputs(reports));
  });

  it('when an object is resumed', async () => {
    let calls = 0;
    local.reset({ firehose: () => (calls++ < 3 ? undefined : { kind: 'throttle' }) });
    local.account().secrets.reset({ secrets: { [REDACT_KEY_ARN]: KEY } });
    put(many);
    const oneByOne = { PACKING: 'single', MAX_BATCH_RECORDS: '1', MAX_CALLS_IN_FLIGHT: '1' };
    const { handler, reports } = local.createHandler({ ...REDACT, ...oneByOne });
    await local.account().deliver(handler, queued(s3Event(KEY_NAME)), () => {
      calls = 0;
      const endsAt = clock.now() + 60_000;
      return { getRemainingTimeInMillis: () => endsAt - clock.now() };
    });
    expect(local.taken).toHaveLength(40);
    expect(reports.length).toBeGreaterThan(5);
    expectNoCanary(outputs(reports));
  });

  it('in the error that a direct invocation throws', async () => {
    put(gzipSync(many).subarray(0, -20));
    const { handler, reports } = local.createHandler({ ...REDACT, WORK_QUEUE_URL: '' });
    const error = await handler(s3Event(KEY_NAME), PLENTY_OF_TIME).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expectNoCanary(outputs(reports, error));
  });

  it('in the error of an unexpected event', async () => {
    const { handler, reports } = local.createHandler(REDACT);
    const answer = await handler(queued(RECORD, `{"x":${RECORD}`, [RECORD]), PLENTY_OF_TIME);
    expectNoCanary(outputs(reports, answer));
  });
});

describe('the key of the marks', () => {
  const faults: [string, SecretsManagerFault, calls: number, error: string][] = [
    ['no permission', { kind: 'accessDenied' }, 1, 'AccessDeniedException (HTTP 400)'],
    ['a key of KMS that fails', { kind: 'decryptionFailure' }, 1, 'DecryptionFailure (HTTP 400)'],
    ['throttling', { kind: 'throttled' }, 3, 'ThrottlingException (HTTP 400)'],
    ['an internal error', { kind: 'internalError' }, 3, 'InternalServiceError (HTTP 500)'],
    ['a page of a proxy', { kind: 'page' }, 3, 'UnknownError (HTTP 503)'],
    ['a lost connection', { kind: 'reset' }, 3, 'ECONNRESET'],
    [
      'no answer',
      { kind: 'hang', whileHanging: () => clock.skip(6_000) },
      3,
      'TimeoutError: no answer within 5000 ms',
    ],
  ];

  it.each(faults)('is waited for, without a receive: %s', async (_, fault, calls, error) => {
    let isDown = true;
    const { secrets } = local.account();
    secrets.reset({ secrets: { [REDACT_KEY_ARN]: KEY }, fault: () => (isDown ? fault : undefined) });
    put(`{"Records":[${RECORD}]}`);
    const { handler, reports } = local.createHandler(REDACT);
    const answer = await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(secrets.counts.requests).toBe(calls);
    expect(local.taken).toEqual([]);
    expect(reports[0]).toMatchObject({ recordsRead: 0, resumes: 1, itemsFailed: 0, hasErrors: true });
    expect(reports[0]?.errors[0]?.error).toContain(`SecretsManager GetSecretValue: ${error}`);
    const [resume] = local.account().sqs.drain(QUEUE);
    expect(JSON.parse(resume?.body ?? '')).toMatchObject({ key: KEY_NAME, attempt: 0, refusals: 1 });
    expect(resume?.delaySeconds).toBeGreaterThanOrEqual(15);

    isDown = false;
    await handler(queued(resume?.body), PLENTY_OF_TIME);
    expect(unpackEvents(local.taken)).toHaveLength(1);
    expectNoCanary(outputs(reports));
  });

  it('is read once per container', async () => {
    const { handler } = local.createHandler(REDACT);
    for (const name of ['a', 'b', 'c']) {
      put(`{"Records":[${RECORD}]}`, `${name}.json.gz`);
      await handler(queued(s3Event(`${name}.json.gz`)), PLENTY_OF_TIME);
    }
    await handler(queued({ Records: [] }), PLENTY_OF_TIME);
    expect(local.account().secrets.counts.requests).toBe(1);
  });

  it('is not read for an invocation without objects', async () => {
    const { handler } = local.createHandler(REDACT);
    await handler(queued({ Records: [] }), PLENTY_OF_TIME);
    expect(local.account().secrets.counts.requests).toBe(0);
  });

  it.each([
    ['too short', 'short', 'must contain a key of at least 32 characters (got 5)'],
    ['binary', Buffer.alloc(64), 'expected a secret with text'],
  ])('must be usable: not %s', async (_, value, error) => {
    local.account().secrets.reset({ secrets: { [REDACT_KEY_ARN]: value } });
    put(`{"Records":[${RECORD}]}`);
    const { handler, reports } = local.createHandler(REDACT);
    await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
    expect(reports[0]?.errors[0]?.error).toContain(error);
    expect(reports[0]).toMatchObject({ resumes: 1, delivered: 0 });
    expectNoCanary(outputs(reports));
  });

  it('is given up like any refusal, after `giveUpAfterHours`', async () => {
    local.account().secrets.reset({ secrets: {} });
    put(`{"Records":[${RECORD}]}`);
    const { handler, reports } = local.createHandler({ ...REDACT, GIVE_UP_AFTER_HOURS: '2' });
    const startedAt = clock.now();
    await local.account().deliver(handler, queued(s3Event(KEY_NAME)), () => PLENTY_OF_TIME);
    expect(letters()).toHaveLength(1);
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(2 * 3_600_000);
    expect(reports[0]?.errors[0]?.error).toContain('ResourceNotFoundException');
  });
});

describe('rules and redaction together', () => {
  it('decide by the original value', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'redaction-'));
    try {
      const match = [{ field: 'responseElements.credentials.sessionToken', equals: CANARY }];
      const rule = { name: 'by-token', action: 'drop', broad: true, match };
      writeFileSync(join(folder, 'rules.json'), JSON.stringify({ version: 1, rules: [rule] }));
      put(`{"Records":[${RECORD},${RECORD.replaceAll(CANARY, 'other')},${RECORD.slice(0, -1)},}]}`);
      const { handler, reports } = local.createHandler({ ...REDACT, RULES_FILE: join(folder, 'rules.json') });
      await handler(queued(s3Event(KEY_NAME)), PLENTY_OF_TIME);
      expect(reports[0]).toMatchObject({ delivered: 2, malformed: 1, filteredByRule: { 'by-token': 1 } });
      expectNoCanary(outputs(reports));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
