import { describe, expect, it } from 'vitest';
import { CallError } from '../../../lambda/aws/call-error.ts';
import { ObjectLedger } from '../../../lambda/deliver/ledger.ts';
import type { ObjectResult } from '../../../lambda/deliver-object.ts';
import type { DeliveryError, PipelineResult } from '../../../lambda/pipeline.ts';
import { LogObjectError } from '../../../lambda/read/log-object-error.ts';
import { decideItem, stateOf } from '../../../lambda/settle/decide-item.ts';
import { settleItems } from '../../../lambda/settle/settle-items.ts';
import { type Notification, noSkips } from '../../../lambda/trigger/notification.ts';
import type { WorkItem } from '../../../lambda/trigger/parse-event.ts';

type Case =
  | 'done'
  | 'progress'
  | 'stuck'
  | 'not started'
  | 'refused too long'
  | 'failed'
  | 'progress, then failed'
  | 'refused by S3'
  | 'corrupted'
  | 'too many';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const slowDown = new CallError('S3 GetObject', 'SlowDown', '', true);
const ERRORS: Partial<Record<Case, Error>> = {
  corrupted: new LogObjectError('corrupted-in-transit', 0, ''),
  'too many': new LogObjectError('too-many-records', 0, ''),
  'refused by S3': slowDown,
  failed: new CallError('S3 GetObject', 'NoSuchKey', '', false),
  'progress, then failed': new LogObjectError('corrupt-gzip', 0, ''),
};
const DELIVERED: Partial<Record<Case, number>> = {
  done: 5,
  progress: 3,
  'progress, then failed': 3,
  corrupted: 5,
  'too many': 5,
};
const OUTCOMES: Partial<Record<Case, ObjectResult['outcome']>> = {
  done: 'records',
  progress: 'stopped',
  stuck: 'stopped',
  'not started': 'not-started',
  'refused too long': 'given-up',
};

/** An object from record 10 on, in the state of the case. Records 10 to 14 were read if it was started. */
function object(name: string, what: Case, ref: Partial<ObjectResult['ref']> = {}): ObjectResult {
  const ledger = new ObjectLedger({ ranges: [], nextUnread: 10 });
  const read = what === 'not started' || what === 'refused too long' ? 0 : 5;
  for (let index = 10; index < 10 + read; index++) {
    ledger.recordsRead++;
    const range = ledger.enter(index);
    if (index < 10 + (DELIVERED[what] ?? 0)) ledger.acknowledge(range);
  }
  const error = ERRORS[what];
  return {
    ref: { bucket: 'b', key: name, nextRecord: 10, attempt: 0, firstSeen: 1, ...ref },
    stream: 's',
    etag: '"e"',
    ledger,
    outcome: OUTCOMES[what] ?? 'failed',
    ...(error && { error }),
  };
}

interface Situation {
  deliveryError?: Error;
  others?: ObjectResult[];
  hasWorkQueue?: boolean;
}

const throttled = new CallError('Firehose PutRecordBatch', 'ServiceUnavailableException', '', true);
const OPTIONS = { maxAttemptsWithoutProgress: 3, giveUpAfterHours: 72, random: () => 1 };

function decide(
  objects: ObjectResult[],
  { deliveryError, others = [], hasWorkQueue = true }: Situation = {},
) {
  const refused = objects.map((each) => ({ ...each, ...(deliveryError && { deliveryError }) }));
  const state = stateOf({ objects: [...refused, ...others] }, NOW);
  const decision = decideItem(refused, state, { ...OPTIONS, hasWorkQueue });
  if (decision.kind !== 'requeue') return decision.kind;
  const refs = decision.refs.map(({ key, nextRecord, attempt, refusals = 0, refusedSince }) => {
    const since = refusedSince === undefined ? '' : ` for ${(NOW - refusedSince) / HOUR} h`;
    return `${key} from ${nextRecord}, attempt ${attempt}, refused ${refusals} times${since}`;
  });
  return [decision.delaySeconds, ...refs];
}

describe('an item of one object', () => {
  it.each<[string, ReturnType<typeof decide>, unknown]>([
    ['done', decide([object('a', 'done')]), 'done'],
    [
      'progress, then out of time',
      decide([object('a', 'progress', { attempt: 2, refusals: 4, refusedSince: NOW - HOUR })]),
      [0, 'a from 13, attempt 0, refused 0 times'],
    ],
    [
      'progress, then refused by Firehose',
      decide([object('a', 'progress', { refusals: 4, refusedSince: NOW - HOUR })], {
        deliveryError: throttled,
      }),
      [30, 'a from 13, attempt 0, refused 1 times for 0 h'],
    ],
    [
      'progress, then an error in the object',
      decide([object('a', 'progress, then failed')]),
      [30, 'a from 13, attempt 0, refused 1 times for 0 h'],
    ],
    ['stuck', decide([object('a', 'stuck', { attempt: 1 })]), [0, 'a from 10, attempt 2, refused 0 times']],
    [
      'stuck, on its last attempt',
      decide([object('a', 'stuck', { attempt: 2 })]),
      [0, 'a from 10, attempt 3, refused 0 times'],
    ],
    ['stuck, after its last attempt', decide([object('a', 'stuck', { attempt: 3 })]), 'fail'],
    [
      'refused by Firehose, after any number of attempts',
      decide([object('a', 'stuck', { attempt: 9 })], { deliveryError: throttled }),
      [30, 'a from 10, attempt 9, refused 1 times for 0 h'],
    ],
    [
      'refused by S3',
      decide([object('a', 'refused by S3', { refusals: 2, refusedSince: NOW - HOUR })]),
      [120, 'a from 10, attempt 0, refused 3 times for 1 h'],
    ],
    [
      'refused for 72 hours exactly',
      decide([object('a', 'refused by S3', { refusals: 20, refusedSince: NOW - 72 * HOUR })]),
      [900, 'a from 10, attempt 0, refused 21 times for 72 h'],
    ],
    [
      'refused for longer',
      decide([object('a', 'refused by S3', { refusals: 20, refusedSince: NOW - 72 * HOUR - 1 })]),
      'fail',
    ],
    ['refused too long', decide([object('a', 'refused too long')]), 'fail'],
    ['failed without progress', decide([object('a', 'failed')]), 'fail'],
    ['delivered, but from corrupted bytes', decide([object('a', 'corrupted')]), 'fail'],
    ['over the limit of records', decide([object('a', 'too many')]), 'fail'],
    [
      'not started, like all other objects',
      decide([object('a', 'not started', { attempt: 1 })]),
      [0, 'a from 10, attempt 2, refused 0 times'],
    ],
    ['not started, after its last attempt', decide([object('a', 'not started', { attempt: 3 })]), 'fail'],
    [
      'not started, while another made progress',
      decide([object('a', 'not started', { attempt: 3 })], { others: [object('z', 'progress')] }),
      [0, 'a from 10, attempt 3, refused 0 times'],
    ],
    [
      'not started, while another was stuck',
      decide([object('a', 'not started', { attempt: 3 })], { others: [object('z', 'stuck')] }),
      [30, 'a from 10, attempt 3, refused 1 times for 0 h'],
    ],
    [
      'not started, because Firehose refused',
      decide([object('a', 'not started')], { deliveryError: throttled }),
      [30, 'a from 10, attempt 0, refused 1 times for 0 h'],
    ],
    ['progress, without a queue', decide([object('a', 'progress')], { hasWorkQueue: false }), 'fail'],
  ])('%s', (_name, decision, expected) => {
    expect(decision).toEqual(expected);
  });

  it('keeps its ETag and when it was first seen', () => {
    const objects = [object('a', 'progress')];
    const decision = decideItem(objects, stateOf({ objects }, NOW), {
      ...OPTIONS,
      hasWorkQueue: true,
    });
    expect(decision).toMatchObject({ refs: [{ etag: '"e"', firstSeen: 1 }] });
  });
});

describe('with several streams, an object not started', () => {
  const notStarted = object('a', 'not started', { attempt: 3 });
  const busy = object('z', 'progress');
  const next = (refused: ObjectResult, ...others: ObjectResult[]) =>
    decideItem([refused], stateOf({ objects: [refused, ...others] }, NOW), {
      ...OPTIONS,
      hasWorkQueue: true,
    });
  const refused = { ...notStarted, deliveryError: throttled };

  it('is delayed if its stream refused, even if another stream made progress', () => {
    expect(next(refused, { ...busy, stream: 'other' })).toMatchObject({
      delaySeconds: 30,
      refs: [{ refusals: 1, attempt: 3 }],
    });
    expect(next(refused, busy)).toMatchObject({ delaySeconds: 0, refs: [{ attempt: 3 }] });
  });

  it('is not delayed if only another stream refused', () => {
    const other = { ...object('z', 'stuck'), stream: 'other', deliveryError: throttled };
    expect(next(notStarted, other, { ...busy, stream: 'third' })).toMatchObject({
      delaySeconds: 0,
      refs: [{ attempt: 3 }],
    });
  });
});

describe('an item of several objects', () => {
  it('is requeued with its unfinished objects, those not started first', () => {
    const objects = [
      object('a', 'done'),
      object('b', 'progress'),
      object('c', 'not started', { attempt: 2 }),
    ];
    expect(decide(objects)).toEqual([
      0,
      'c from 10, attempt 2, refused 0 times',
      'b from 13, attempt 0, refused 0 times',
    ]);
  });

  it('is requeued with the shortest delay, and with all its objects if one is to be retried', () => {
    const others = [object('z', 'progress')];
    expect(decide([object('a', 'refused by S3'), object('b', 'not started')], { others })).toEqual([
      0,
      'b from 10, attempt 0, refused 0 times',
      'a from 10, attempt 0, refused 1 times for 0 h',
    ]);
    expect(decide([object('a', 'failed'), object('b', 'refused by S3')])).toEqual([
      30,
      'a from 10, attempt 0, refused 0 times',
      'b from 10, attempt 0, refused 1 times for 0 h',
    ]);
    expect(decide([object('a', 'failed'), object('b', 'refused too long')])).toBe('fail');
  });

  it('restarts a corrupted object at the first record of this invocation', () => {
    expect(decide([object('a', 'done'), object('b', 'corrupted')])).toEqual([
      30,
      'b from 10, attempt 0, refused 0 times',
    ]);
  });

  it.each(['stuck', 'failed', 'refused too long'] as const)(
    'keeps the progress of one object if another is %s',
    (what) => {
      const [, ...refs] = [...decide([object('a', 'progress'), object('b', what, { attempt: 9 })])];
      expect(refs).toHaveLength(2);
    },
  );
});

describe('the items of an invocation', () => {
  const options = { ...OPTIONS, sendResume: async () => {}, now: NOW };
  const itemOf = (...objects: ObjectResult[]): WorkItem => ({ notification: notificationOf(objects) });
  const notificationOf = (objects: ObjectResult[]): Notification => ({
    refs: objects.map(({ ref }) => ref),
    skipped: noSkips(),
  });

  it('all fail if one ledger does not balance', async () => {
    const balanced = object('a', 'done');
    const unbalanced = object('b', 'done');
    unbalanced.ledger.recordsRead++;
    const items = [itemOf(balanced), itemOf(unbalanced)];
    const result = {
      objects: [balanced, unbalanced],
      deliveryErrors: [] as DeliveryError[],
    } as PipelineResult;
    expect(await settleItems(items, result, options)).toMatchObject({ failed: items, isBalanced: false });
  });

  it('fail if an object has no result', async () => {
    const objects = [object('a', 'done'), object('b', 'done')];
    const items = [itemOf(...objects)];
    const result = { objects: objects.slice(0, 1), deliveryErrors: [] as DeliveryError[] } as PipelineResult;
    expect(await settleItems(items, result, options)).toMatchObject({ failed: items });
  });

  it('fail if a resume message is refused, with the reason', async () => {
    const [unfinished, done] = [object('a', 'progress'), object('b', 'done')];
    const items = [itemOf(unfinished), itemOf(done)];
    const result = { objects: [unfinished, done], deliveryErrors: [] as DeliveryError[] } as PipelineResult;
    const refused = new Error('no access');
    const settlement = await settleItems(items, result, {
      ...options,
      sendResume: () => Promise.reject(refused),
    });
    expect(settlement).toMatchObject({
      failed: [items[0]],
      failedRecords: 2,
      leftForResume: 0,
      resumeErrors: [{ item: items[0], error: refused }],
    });
  });

  it('are settled in linear time: each of 100,000 objects is looked up a few times', async () => {
    const objects = Array.from({ length: 100_000 }, (_, i) => object(String(i), 'not started'));
    const { refs, ...notification } = notificationOf(objects);
    let reads = 0;
    const watched = new Proxy(refs, {
      get(target, name, receiver) {
        reads++;
        return Reflect.get(target, name, receiver);
      },
    });
    const result = { objects, deliveryErrors: [] as DeliveryError[] } as PipelineResult;
    const items = [{ notification: { ...notification, refs: watched } }];
    const { resumes } = await settleItems(items, result, options);
    expect(resumes).toBe(100_000);
    expect(reads).toBeLessThan(10 * objects.length);
  });
});
