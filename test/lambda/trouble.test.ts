import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../lambda/handler.ts';
import { QUEUE } from '../../local/account.ts';
import type { FirehoseFault } from '../../local/faults.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { createRandom } from '../../samples/random.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
beforeEach(() => local.reset());

const SMALL_CALLS = {
  PACKING: 'single',
  MAX_BATCH_RECORDS: '2',
  MAX_CALLS_IN_FLIGHT: '1',
  MAX_OBJECTS_IN_FLIGHT: '1',
};

const keyOf = (name: string | number) =>
  `AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/${name}.json.gz`;

function put(name: string | number, count: number, noise = 0): string {
  const Records = Array.from({ length: count }, (_, n) => ({
    id: `${name} ${n}`,
    ...(noise > 0 && { noise: createRandom(n).base64(noise) }),
  }));
  local.account().s3.putObject(BUCKET, keyOf(name), gzipSync(JSON.stringify({ Records })));
  return keyOf(name);
}

let messages = 0;

/** One batch with a new message for each body. */
const queued = (...bodies: unknown[]) => ({
  Records: bodies.map((body) => ({
    eventSource: 'aws:sqs',
    messageId: `message-${messages++}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })),
});

function lasting(ms: number) {
  const endsAt = clock.now() + ms;
  return { getRemainingTimeInMillis: () => endsAt - clock.now() };
}

/** The ids of the records that Firehose accepted. */
const ids = (): string[] => unpackEvents(local.taken).map(({ message }) => JSON.parse(String(message)).id);

function copiesOf(all: string[]): number[] {
  const counts = new Map<string, number>();
  for (const id of all) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()];
}

const sent = () => local.account().sqs.messages(QUEUE);
const resumes = () => sent().map(({ body }) => JSON.parse(body));
const letters = () => local.account().workQueue.deadLetters.map(({ body }) => JSON.parse(body));

describe('a stream that throttles', () => {
  it('does not dead-letter objects that were not started, and delivers each record once', async () => {
    let calls = 0;
    local.reset({ firehose: () => (calls++ < 2 ? undefined : { kind: 'throttle' }) });
    const keys = [0, 1, 2, 3].map((name) => put(name, 20));
    const { handler, reports } = local.createHandler(SMALL_CALLS);
    await local.account().deliver(handler, queued(...keys.map((key) => s3Event(key))), () => {
      calls = 0;
      return lasting(60_000);
    });
    expect(letters()).toEqual([]);
    expect(ids()).toHaveLength(80);
    expect(new Set(ids()).size).toBe(80);
    expect(reports.every(({ itemsFailed }) => itemsFailed === 0)).toBe(true);
  });

  it.each([3, 30])('all calls of %i invocations costs no receive', async (invocations) => {
    let started = 0;
    local.reset({ firehose: () => (started <= invocations ? { kind: 'throttle' } : undefined) });
    const keys = Array.from({ length: 10 }, (_, name) => put(name, 20));
    const { handler } = local.createHandler();
    await local.account().deliver(handler, queued(...keys.map((key) => s3Event(key))), () => {
      started++;
      return lasting(60_000);
    });
    expect(letters()).toEqual([]);
    expect(copiesOf(ids())).toEqual(new Array(200).fill(1));
  });

  it('causes no duplicates: only the records of a rejected entry are retried', async () => {
    const bytesPerMs = 1_500;
    let startedAt = clock.now();
    let bytesBefore = 0;
    const allowed = () => bytesBefore + (clock.now() - startedAt) * bytesPerMs;
    local.reset({
      // Time passes only while the sender backs off, and there is one call at a time. So no call is cut off,
      // which would be a lost answer.
      firehose: () => ({ kind: 'partial', entries: () => local.account().firehose.counts.bytes > allowed() }),
    });
    const keys = Array.from({ length: 10 }, (_, name) => put(name, 2_500, 300));
    const { handler, reports } = local.createHandler(
      { PACKING: 'lines', RETRY_BASE_MS: '100', MAX_CALLS_IN_FLIGHT: '1' },
      { random: () => 1 },
    );
    await local.account().deliver(handler, s3Event(...keys), () => {
      startedAt = clock.now();
      bytesBefore = local.account().firehose.counts.bytes;
      return lasting(4_000);
    });
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.some(({ entriesRetried }) => entriesRetried > 0)).toBe(true);
    expect(ids()).toHaveLength(25_000);
    expect(new Set(ids()).size).toBe(25_000);
    expect(letters()).toEqual([]);
  });

  it('delays refused objects for up to 15 minutes, but not objects that were not started', async () => {
    local.reset({
      firehose: () => {
        clock.skip(1_000);
        return { kind: 'throttle' };
      },
    });
    const key = put('a', 3);
    const { handler } = local.createHandler(SMALL_CALLS, { random: () => 1 });
    const delays: number[] = [];
    let body: unknown = s3Event(key);
    for (let i = 0; i < 8; i++) {
      await handler(queued(body), lasting(60_000));
      const [message] = local.account().sqs.drain(QUEUE);
      delays.push(message?.delaySeconds ?? -1);
      body = message?.body;
    }
    expect(delays).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
    expect(JSON.parse(String(body))).toMatchObject({ attempt: 0, refusals: 8 });

    const lowest = local.createHandler(SMALL_CALLS, { random: () => 0 });
    await lowest.handler(queued(s3Event(key)), lasting(60_000));
    expect(local.account().sqs.drain(QUEUE)).toMatchObject([{ delaySeconds: 15 }]);

    let calls = 0;
    local.reset({ firehose: () => (calls++ < 1 ? undefined : { kind: 'throttle' }) });
    await handler(queued(s3Event(put('b', 8)), s3Event(put('c', 3))), lasting(60_000));
    const [c, b] = resumes().sort((one, other) => one.nextRecord - other.nextRecord);
    expect(
      sent()
        .map(({ delaySeconds }) => delaySeconds)
        .sort(),
    ).toEqual([0, 30]);
    expect(c).toMatchObject({ key: keyOf('c'), nextRecord: 0, attempt: 0 });
    expect(c).not.toHaveProperty('refusedSince');
    expect(b).toMatchObject({ key: keyOf('b'), nextRecord: 2, attempt: 0, refusals: 1 });
  });
});

describe('the time limit for refused objects', () => {
  const HOUR = 3_600_000;
  let isRefusing = true;

  /** Runs one invocation. Returns its answer and its resume message. */
  async function refuse(body: unknown, attributes = {}) {
    const { handler } = local.createHandler(SMALL_CALLS);
    const event = queued(body);
    Object.assign(event.Records[0] ?? {}, { attributes });
    const answer = await handler(event, lasting(60_000));
    return { answer, resume: local.account().sqs.drain(QUEUE)[0]?.body };
  }

  beforeEach(() => {
    isRefusing = true;
    local.reset({ firehose: () => (isRefusing ? { kind: 'throttle' } : undefined) });
  });

  it.each([
    ['is not reached just under 72 hours after the first refusal', 71.9, false],
    ['is exceeded after 72 hours, without rereading the object', 72.1, true],
  ])('%s', async (_, hours, isOver) => {
    const { resume } = await refuse(s3Event(put('a', 3)));
    clock.skip(hours * HOUR);
    const requests = local.account().s3.counts.requests;
    const { answer, resume: next } = await refuse(resume);
    expect(answer?.batchItemFailures).toHaveLength(isOver ? 1 : 0);
    expect(next === undefined).toBe(isOver);
    // One request is for the claim, not for the object.
    const gets = local.account().s3.counts.requests - requests - 1;
    expect(gets).toBe(isOver ? 0 : 1);
  });

  it('dead-letters the object, and a redrive resets the time', async () => {
    const { handler, reports } = local.createHandler({ ...SMALL_CALLS, GIVE_UP_AFTER_HOURS: '5' });
    await local.account().deliver(handler, queued(s3Event(put('a', 3))), () => lasting(60_000));
    expect(letters()).toMatchObject([{ bucket: BUCKET, key: keyOf('a'), nextRecord: 0 }]);
    expect(reports.at(-1)?.errors[0]?.error).toMatch(/^GivenUpError: refused for \d+ hours$/);
    const startedAt = clock.now();
    local.account().workQueue.redrive();
    let attempts = 0;
    await local.account().deliver(handler, queued(s3Event(put('b', 0))), () => {
      isRefusing = ++attempts < 4;
      return lasting(60_000);
    });
    expect(clock.now() - startedAt).toBeLessThan(5 * HOUR);
    expect(letters()).toEqual([]);
    expect(ids().sort()).toEqual(['a 0', 'a 1', 'a 2']);
  });

  it('counts from the last acknowledged record', async () => {
    const { resume } = await refuse(s3Event(put('a', 4)));
    clock.skip(70 * HOUR);
    let calls = 0;
    isRefusing = false;
    local.reset({ firehose: () => (calls++ === 0 ? undefined : { kind: 'throttle' }) });
    put('a', 4);
    const { resume: next } = await refuse(resume);
    expect(JSON.parse(String(next))).toMatchObject({ nextRecord: 2, refusals: 1 });
    clock.skip(70 * HOUR);
    calls = 0;
    const { answer } = await refuse(next);
    expect(answer?.batchItemFailures).toEqual([]);
    expect(ids()).toEqual(['a 0', 'a 1', 'a 2', 'a 3']);
  });
});

describe('an object that is replaced', () => {
  const outOfTimeAfter = (polls: number) => ({
    getRemainingTimeInMillis: () => (polls-- > 0 ? 60_000 : 5_000),
  });

  it('between two invocations fails, and the report has the first missing record', async () => {
    const { handler, reports } = local.createHandler(SMALL_CALLS);
    await handler(queued(s3Event(put('a', 30))), outOfTimeAfter(12));
    const [resume] = resumes();
    expect(resume.nextRecord).toBeGreaterThan(0);
    expect(resume.etag).toMatch(/^"[0-9a-f]{32}"$/);
    const delivered = ids().length;
    put('a', 29);
    const answer = await handler(queued(resume), PLENTY_OF_TIME);
    expect(answer?.batchItemFailures).toHaveLength(1);
    expect(ids()).toHaveLength(delivered);
    expect(reports.at(-1)).toMatchObject({
      objectsDone: 0,
      errors: [
        {
          object: `s3://${BUCKET}/${keyOf('a')}`,
          nextRecord: resume.nextRecord,
          error: 'ObjectReplacedError: the object was replaced while it was being delivered',
        },
      ],
    });
  });

  it('during a read is delivered up to there, and the rest fails and keeps its ETag', async () => {
    let gets = 0;
    local.reset({ s3: () => (gets++ === 0 ? { kind: 'cut', afterBytes: 2_000 } : void put('a', 29, 400)) });
    const key = put('a', 30, 400);
    const { handler, reports } = local.createHandler(SMALL_CALLS);
    await handler(queued(s3Event(key)), PLENTY_OF_TIME);
    const [resume] = resumes();
    expect(reports[0]?.errors[0]?.error).toContain('ObjectReplacedError');
    expect(resume.etag).toBeDefined();
    const delivered = ids();
    expect(delivered.length).toBeGreaterThan(0);
    const answer = await handler(queued(resume), PLENTY_OF_TIME);
    expect(answer?.batchItemFailures).toHaveLength(1);
    expect(ids()).toEqual(delivered);
  });

  it('in a store that ignores If-Match is detected by the ETag of the answer', async () => {
    local.reset({ s3: () => ({ kind: 'ignoreConditions' }) });
    const { handler, reports } = local.createHandler(SMALL_CALLS);
    const resume = { bucket: BUCKET, key: put('a', 3), etag: '"another"', nextRecord: 0, attempt: 0 };
    const answer = await handler(queued(resume), PLENTY_OF_TIME);
    expect(answer?.batchItemFailures).toHaveLength(1);
    expect(reports[0]?.errors[0]?.error).toContain('ObjectReplacedError');
    expect(ids()).toEqual([]);
  });

  it('is read in its old version if the message has a version id', async () => {
    const { handler } = local.createHandler();
    put('a', 3);
    const old = gzipSync(JSON.stringify({ Records: [{ id: 'old 0' }, { id: 'old 1' }] }));
    local.account().s3.putObject(BUCKET, keyOf('a'), old, { versionId: 'v1' });
    local.account().s3.putObject(BUCKET, keyOf('a'), gzipSync('{"Records":[]}'), { versionId: 'v2' });
    await handler(
      queued({ bucket: BUCKET, key: keyOf('a'), versionId: 'v1', nextRecord: 1, attempt: 0 }),
      PLENTY_OF_TIME,
    );
    expect(ids()).toEqual(['old 1']);
  });
});

describe('a lost answer of SQS', () => {
  /** Delivers an object over several invocations, with all answers to SendMessage lost. */
  async function copies(invocations: number, withStore: boolean, visibilityMs = 1_800_000) {
    local.reset({ sqs: () => ({ kind: 'resetAfter' }) });
    local.account().workQueue.visibilityMs = visibilityMs;
    const records = invocations * 4;
    const { handler, reports } = local.createHandler({
      ...SMALL_CALLS,
      ...(withStore ? {} : { CLAIM_BUCKET_NAME: 'no-such-bucket' }),
    });
    await local.account().deliver(handler, queued(s3Event(put('a', records))), () => {
      const before = local.account().firehose.counts.records;
      return {
        getRemainingTimeInMillis: () =>
          local.account().firehose.counts.records - before < 4 ? 60_000 : 5_000,
      };
    });
    expect(new Set(ids()).size).toBe(records);
    return { most: Math.max(...copiesOf(ids())), invocations: reports.length, reports };
  }

  it.each([
    [4, 16, 1_800_000],
    [8, 32, 1_800_000],
    // The message is redelivered before its resume message is received.
    [4, 16, 0],
    [8, 32, 0],
  ])(
    'of an object of %i invocations makes at most %i copies, hidden for %i ms',
    async (invocations, most, visibilityMs) => {
      const result = await copies(invocations, true, visibilityMs);
      expect(result.most).toBeLessThanOrEqual(most);
      expect(result.reports.some(({ superseded }) => superseded > 0)).toBe(true);
      expect(letters()).toEqual([]);
    },
  );

  it('loses no record if the store of claims fails', async () => {
    const { reports } = await copies(2, false);
    expect(reports.every(({ superseded }) => superseded === 0)).toBe(true);
  });

  it.each(['resetAfter', 'resetBefore', 'serverError', 'hang'] as const)(
    '(%s) is not retried, because the message may have arrived',
    async (kind) => {
      let sends = 0;
      local.reset({
        sqs: () => {
          sends++;
          return { kind, whileHanging: clock.passUntil };
        },
      });
      const { handler, reports } = local.createHandler(SMALL_CALLS);
      const outOfTime = {
        getRemainingTimeInMillis: (() => {
          let polls = 0;
          return () => (polls++ === 0 ? 60_000 : 5_000);
        })(),
      };
      const answer = await handler(queued(s3Event(put('a', 3))), outOfTime);
      expect(sends).toBe(1);
      expect(answer?.batchItemFailures).toHaveLength(1);
      expect(reports[0]?.errors.at(-1)).toMatchObject({
        error: expect.stringMatching(/^cannot send the resume message: SQS SendMessage: /),
        messageId: expect.stringMatching(/^message-\d+$/),
      });
    },
  );

  it('differs from a throttled call, which is retried', async () => {
    let sends = 0;
    local.reset({ sqs: () => (sends++ < 3 ? { kind: 'throttle' } : undefined) });
    const { handler } = local.createHandler(SMALL_CALLS);
    let polls = 0;
    const answer = await handler(queued(s3Event(put('a', 3))), {
      getRemainingTimeInMillis: () => (polls++ === 0 ? 60_000 : 5_000),
    });
    expect(answer?.batchItemFailures).toEqual([]);
    expect(sends).toBe(4);
    expect(resumes()).toHaveLength(1);
  });

  it('differs from throttling until time runs out, which is reported with SQS’s error', async () => {
    local.reset({ sqs: () => ({ kind: 'throttle' }) });
    const { handler, reports } = local.createHandler(SMALL_CALLS, { random: () => 1 });
    let polls = 0;
    const answer = await handler(queued(s3Event(put('a', 3))), {
      getRemainingTimeInMillis: () => (polls++ === 0 ? 60_000 : Math.max(0, 5_000 - 300 * polls)),
    });
    expect(answer?.batchItemFailures).toHaveLength(1);
    expect(reports[0]?.errors.at(-1)?.error).toMatch(
      /^cannot send the resume message: SQS SendMessage: .*[Tt]hrottl/,
    );
  });

  it('does not block a redriven dead letter, which has the same claim under a new SQS id', async () => {
    const { handler } = local.createHandler(SMALL_CALLS);
    put('a', 3);
    const body = {
      bucket: BUCKET,
      key: keyOf('a'),
      nextRecord: 0,
      attempt: 0,
      sentAt: clock.now(),
      claim: { parent: 'p', handOver: 'h' },
    };
    const other = { ...body, claim: { parent: 'p', handOver: 'other' } };
    for (const messageId of ['first', 'redriven']) {
      const [message] = queued(body).Records;
      await handler({ Records: [{ ...message, messageId }] }, PLENTY_OF_TIME);
    }
    expect(ids()).toHaveLength(6);
    expect(await handler(queued(other), PLENTY_OF_TIME)).toEqual({ batchItemFailures: [] });
    expect(ids()).toHaveLength(6);
  });
});

describe('an error of Firehose', () => {
  const answer = (status: number, code: string, message = ''): FirehoseFault => ({
    kind: 'answer',
    status,
    code,
    message,
  });

  it.each<[string, FirehoseFault]>([
    [
      'a signature that expired during a freeze',
      answer(
        400,
        'InvalidSignatureException',
        'Signature expired: 20261122T000000Z is now earlier than 20261122T000500Z',
      ),
    ],
    ['RequestExpired', answer(400, 'RequestExpired')],
    ['RequestTimeTooSkewed', answer(403, 'RequestTimeTooSkewed')],
    ['RequestTimeoutException', answer(400, 'RequestTimeoutException')],
    ['RequestThrottledException', answer(400, 'RequestThrottledException')],
    ['RequestLimitExceeded', answer(400, 'RequestLimitExceeded')],
    ['ThrottledException', answer(400, 'ThrottledException')],
    ['ThrottlingException', answer(400, 'ThrottlingException')],
    ['LimitExceededException', answer(400, 'LimitExceededException')],
    ['ProvisionedThroughputExceededException', answer(400, 'ProvisionedThroughputExceededException')],
    [
      'KMS throttling inside an error of Firehose',
      answer(
        400,
        'InvalidKMSResourceException',
        'ThrottlingException: You have exceeded the rate at which you may call KMS. (Service: AWSKMS)',
      ),
    ],
    ['408', answer(408, 'SomethingElse')],
    ['429', answer(429, 'SomethingElse')],
    ['502', answer(502, 'BadGateway')],
    ['an HTML page with status 200', { kind: 'page', status: 200, text: '<html>busy</html>' }],
    ['an HTML page with status 403', { kind: 'page', status: 403, text: '<html>busy</html>' }],
  ])('%s: is retried', async (_, fault) => {
    local.reset({ firehose: ({ sequence }) => (sequence < 2 ? fault : undefined) });
    const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '' });
    await handler(s3Event(put('a', 3)), lasting(60_000));
    expect(reports[0]).toMatchObject({ delivered: 3, callsRetried: 2, errors: [] });
  });

  it.each<[string, FirehoseFault, string]>([
    [
      'a wrong signature',
      answer(403, 'InvalidSignatureException', 'The request signature we calculated does not match'),
      'InvalidSignatureException (HTTP 403)',
    ],
    [
      'a disabled key',
      answer(400, 'InvalidKMSResourceException', 'DisabledException: the key is disabled'),
      'InvalidKMSResourceException (HTTP 400): DisabledException: the key is disabled',
    ],
    [
      'an expired token of the environment',
      answer(400, 'ExpiredTokenException', 'The security token included in the request is expired'),
      'ExpiredTokenException (HTTP 400): The security token included in the request is expired',
    ],
  ])('%s: is reported without a retry', async (_, fault, expected) => {
    local.reset({ firehose: () => fault });
    const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '' });
    await expect(handler(s3Event(put('a', 3)), lasting(60_000))).rejects.toThrow(expected);
    expect(reports[0]).toMatchObject({ firehoseCalls: 1 });
    expect(reports[0]?.errors[0]?.error).toBe(`Firehose PutRecordBatch: ${expected}`);
  });
});

describe('connections closed during a freeze', () => {
  it('fail neither a read nor a resume message', async () => {
    process.env.AWS_MAX_ATTEMPTS = '3';
    const { handler, reports } = local.createHandler({ MAX_OBJECTS_IN_FLIGHT: '4' });
    delete process.env.AWS_MAX_ATTEMPTS;
    await handler(s3Event(...['a', 'b', 'c', 'd'].map((name) => put(name, 3))), PLENTY_OF_TIME);
    for (let i = 0; i < 3; i++) {
      local.account().freeze();
      let polls = 0;
      const context =
        i === 1 ? { getRemainingTimeInMillis: () => (polls++ < 3 ? 60_000 : 5_000) } : PLENTY_OF_TIME;
      await handler(queued(s3Event(put('e', 3))), context);
      expect(reports.at(-1)).toMatchObject({ itemsFailed: 0 });
    }
    expect(ids()).toHaveLength(12 + 9);
  });
});

describe('an outage until the deadline', () => {
  it.each<[string, FirehoseFault, string]>([
    ['answers 500', { kind: 'serverError' }, 'Firehose PutRecordBatch: InternalFailure (HTTP 500)'],
    [
      'accepts and never answers',
      { kind: 'hang', entries: () => true, whileHanging: clock.passUntil },
      'Firehose PutRecordBatch: TimeoutError: no answer within ',
    ],
    [
      'throttles',
      { kind: 'throttle' },
      'Firehose PutRecordBatch: ServiceUnavailableException (HTTP 503): Slow down.',
    ],
    [
      'throttles each entry',
      { kind: 'partial', entries: () => true },
      'Firehose PutRecordBatch: ServiceUnavailableException for 3 of 3 records',
    ],
  ])('of Firehose, which %s, is reported and costs no receive', async (_, fault, expected) => {
    local.reset({ firehose: () => fault });
    const { handler, reports } = local.createHandler({ RETRY_BASE_MS: '1000', PACKING: 'single' });
    const answer = await handler(queued(s3Event(put('a', 3))), lasting(60_000));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(reports[0]).toMatchObject({ itemsFailed: 0, resumes: 1, hasErrors: true, leftForResume: 3 });
    const [delivery, object] = reports[0]?.errors ?? [];
    expect(delivery?.error).toContain(expected);
    expect(object).toMatchObject({
      object: `s3://${BUCKET}/${keyOf('a')}`,
      messageId: expect.stringMatching(/^message-\d+$/),
    });
    expect(resumes()).toMatchObject([{ nextRecord: 0, attempt: 0, refusals: 1 }]);
  });

  it('is reported with the last answer of Firehose, even if a later call has none', async () => {
    const hang: FirehoseFault = { kind: 'hang', entries: () => true, whileHanging: clock.passUntil };
    local.reset({ firehose: ({ sequence }) => (sequence === 0 ? { kind: 'throttle' } : hang) });
    const { handler, reports } = local.createHandler();
    await handler(queued(s3Event(put('a', 3))), lasting(60_000));
    expect(reports[0]?.errors[0]?.error).toContain('ServiceUnavailableException (HTTP 503): Slow down.');
  });

  it('differs from running out of time, which is not an error', async () => {
    const { handler, reports } = local.createHandler();
    let polls = 0;
    await handler(queued(s3Event(put('a', 3))), {
      getRemainingTimeInMillis: () => (polls++ === 0 ? 60_000 : 5_000),
    });
    expect(reports[0]).toMatchObject({ errors: [{ error: 'ran out of time' }], hasErrors: false });
  });

  it('of S3, which never answers, is reported and costs no receive', async () => {
    local.reset({ s3: () => ({ kind: 'hang', whileHanging: clock.passUntil }) });
    const { handler, reports } = local.createHandler();
    expect(await handler(queued(s3Event(put('a', 3))), lasting(60_000))).toEqual({ batchItemFailures: [] });
    expect(reports[0]?.errors[0]?.error).toMatch(/^S3 GetObject: TimeoutError: no answer within \d+ ms$/);
    expect(resumes()).toMatchObject([{ nextRecord: 0, attempt: 0, refusals: 1 }]);
  });

  it.each(['slowDown', 'internalError'] as const)(
    'of S3, which answers %s, costs no receive',
    async (kind) => {
      local.reset({ s3: () => ({ kind }) });
      process.env.AWS_MAX_ATTEMPTS = '1';
      const { handler, reports } = local.createHandler();
      delete process.env.AWS_MAX_ATTEMPTS;
      expect(await handler(queued(s3Event(put('a', 3))), lasting(60_000))).toEqual({ batchItemFailures: [] });
      expect(reports[0]?.errors[0]?.error).toMatch(/^S3 GetObject: (SlowDown|InternalError) \(HTTP 50[03]\)/);
    },
  );

  it('is logged at level ERROR, with AWS request ids and at most 50 errors', async () => {
    local.reset({ s3: () => ({ kind: 'accessDenied' }) });
    local.createHandler();
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const log = vi.spyOn(console, 'log').mockReturnValue(undefined);
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      const keys = Array.from({ length: 60 }, (_, i) => keyOf(`line\nbreak ${i}`));
      await createHandler(local.account().environment)(queued(s3Event(...keys)), PLENTY_OF_TIME);
      expect(log).not.toHaveBeenCalled();
      const [report] = error.mock.calls[0] ?? [];
      expect(report).toMatchObject({ moreErrors: 10, errors: { length: 50 } });
      expect(report.errors[0]).toMatchObject({
        object: `s3://${BUCKET}/${keyOf('line\\u000abreak 0')}`,
        error: 'S3 GetObject: AccessDenied (HTTP 403): Access Denied',
        requestId: expect.stringMatching(/^LOCAL\d+$/),
      });
    } finally {
      for (const spy of [error, log, write]) spy.mockRestore();
    }
  });

  it('is reported without answers that quote a record', async () => {
    const SECRET = 'hunter2';
    for (const fault of [
      { kind: 'page', status: 200, text: `${SECRET} is not JSON` },
      { kind: 'page', status: 403, text: `{"${SECRET}` },
      { kind: 'answer', status: 400, code: 'SerializationException', message: `at ${SECRET}` },
      { kind: 'answer', status: 400, code: 'InvalidArgumentException', message: `records.1.data ${SECRET}` },
      { kind: 'answer', status: 500, code: 'InternalFailure', message: `in {"a":"${SECRET}"}` },
      { kind: 'answer', status: 400, code: `${SECRET} code`, message: 'x' },
    ] as FirehoseFault[]) {
      local.reset({ firehose: () => fault });
      const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '' });
      await expect(handler(s3Event(put('a', 3)), lasting(20_000))).rejects.toThrow(KEYLESS);
      expect(JSON.stringify(reports)).not.toContain(SECRET);
    }
  });
  const KEYLESS = /Firehose PutRecordBatch/;
});
