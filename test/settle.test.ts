import { describe, expect, it } from 'vitest';
import { ObjectLedger } from '../lambda/deliver/ledger.ts';
import type { ObjectResult, PipelineResult } from '../lambda/pipeline.ts';
import { LogObjectError } from '../lambda/read/log-object-error.ts';
import { decideItem, settleItems } from '../lambda/settle.ts';
import type { WorkItem } from '../lambda/trigger/parse-event.ts';

type Case = 'done' | 'further' | 'stuck' | 'not started' | 'failed' | 'failed further' | 'spoilt';

/** An object of which records 10 to 14 were read, as far as the case goes. */
function object(name: string, what: Case, attempt = 0): ObjectResult {
  const ref = { bucket: 'b', key: name, nextRecord: 10, attempt };
  const ledger = new ObjectLedger(10);
  const delivered = { done: 5, further: 3, 'failed further': 3, spoilt: 5 }[what as string] ?? 0;
  const read = what === 'not started' ? 0 : 5;
  for (let index = 10; index < 10 + read; index++) {
    ledger.recordsRead++;
    const receipt = ledger.enter(index);
    if (index < 10 + delivered) ledger.acknowledge(receipt);
  }
  const fault = what === 'spoilt' ? new LogObjectError('spoilt-in-transit', 0, '') : new Error('fault');
  if (what === 'done') return { ref, ledger, outcome: 'records' };
  if (what === 'not started') return { ref, ledger, outcome: 'not-started' };
  if (what === 'further' || what === 'stuck') return { ref, ledger, outcome: 'stopped' };
  return { ref, ledger, outcome: 'failed', fault };
}

function decide(objects: ObjectResult[], { deliveryFault, others = [], hasQueue = true }: Situation = {}) {
  const item: WorkItem = { notification: notificationOf(objects) };
  const result = { objects: [...objects, ...others], deliveryFault } as PipelineResult;
  const sendResume = hasQueue ? async () => {} : undefined;
  const { decision, outstanding } = decideItem(item, result, { sendResume, maxAttemptsWithoutProgress: 3 });
  if (decision.kind !== 'hand on') return { kind: decision.kind, outstanding };
  const refs = decision.refs.map(
    ({ key, nextRecord, attempt }) => `${key} from ${nextRecord}, attempt ${attempt}`,
  );
  return { kind: decision.kind, refs, delaySeconds: decision.delaySeconds, outstanding };
}

interface Situation {
  deliveryFault?: Error;
  others?: ObjectResult[];
  hasQueue?: boolean;
}

function notificationOf(objects: ObjectResult[]) {
  const skipped = { digest: 0, other: 0, notCreated: 0, testEvent: 0 };
  return { refs: objects.map(({ ref }) => ref), skipped };
}

const handOn = (delaySeconds: number, outstanding: number, ...refs: string[]) => ({
  kind: 'hand on',
  refs,
  delaySeconds,
  outstanding,
});
const fail = (outstanding: number) => ({ kind: 'fail', outstanding });
const deliveryFault = new Error('throttled');

describe('an item of one object', () => {
  it.each<[string, ReturnType<typeof decide>, unknown]>([
    ['done', decide([object('a', 'done')]), { kind: 'done', outstanding: 0 }],
    ['further, then out of time', decide([object('a', 'further', 2)]), handOn(0, 2, 'a from 13, attempt 0')],
    [
      'further, then Firehose gave out',
      decide([object('a', 'further')], { deliveryFault }),
      handOn(30, 2, 'a from 13, attempt 0'),
    ],
    [
      'further, then a fault of its own',
      decide([object('a', 'failed further')]),
      handOn(30, 2, 'a from 13, attempt 0'),
    ],
    ['stuck for want of time', decide([object('a', 'stuck', 1)]), handOn(0, 5, 'a from 10, attempt 2')],
    [
      'stuck for want of time, the last attempt',
      decide([object('a', 'stuck', 2)]),
      handOn(0, 5, 'a from 10, attempt 3'),
    ],
    ['stuck for want of time once too often', decide([object('a', 'stuck', 3)]), fail(5)],
    ['stuck because Firehose gave out', decide([object('a', 'stuck')], { deliveryFault }), fail(5)],
    ['failed without progress', decide([object('a', 'failed')]), fail(5)],
    [
      'not started, while nothing else was',
      decide([object('a', 'not started', 1)]),
      handOn(0, 0, 'a from 10, attempt 2'),
    ],
    [
      'not started, while another came further',
      decide([object('a', 'not started', 1)], { others: [object('z', 'further')] }),
      handOn(0, 0, 'a from 10, attempt 1'),
    ],
    [
      'not started, Firehose gave out before',
      decide([object('a', 'not started')], { deliveryFault }),
      fail(0),
    ],
    ['delivered, but out of spoilt bytes', decide([object('a', 'spoilt')]), fail(0)],
    ['further, but there is no queue', decide([object('a', 'further')], { hasQueue: false }), fail(2)],
  ])('%s', (_name, decision, expected) => {
    expect(decision).toEqual(expected);
  });
});

describe('an item of several objects', () => {
  it('is handed on with those alone that are not done, what was not started first', () => {
    const objects = [object('a', 'done'), object('b', 'further'), object('c', 'not started', 2)];
    expect(decide(objects)).toEqual(handOn(0, 2, 'c from 10, attempt 2', 'b from 13, attempt 0'));
  });

  it('a spoilt one comes again from where this invocation began it', () => {
    expect(decide([object('a', 'done'), object('b', 'spoilt')])).toEqual(
      handOn(30, 0, 'b from 10, attempt 1'),
    );
  });

  it('one that is past its attempts does not undo what its neighbour came further', () => {
    const objects = [object('a', 'further'), object('b', 'stuck', 9)];
    expect(decide(objects)).toEqual(handOn(0, 7, 'a from 13, attempt 0', 'b from 10, attempt 10'));
  });

  it('fails where an object has no result at all', () => {
    const objects = [object('a', 'done'), object('b', 'done')];
    const item: WorkItem = { notification: notificationOf(objects) };
    const result = { objects: objects.slice(0, 1), deliveryFault: undefined } as PipelineResult;
    const options = { sendResume: async () => {}, maxAttemptsWithoutProgress: 3 };
    expect(decideItem(item, result, options).decision).toEqual({ kind: 'fail' });
  });
});

describe('the items of an invocation', () => {
  const options = { sendResume: async () => {}, maxAttemptsWithoutProgress: 3 };
  const itemOf = (...objects: ObjectResult[]): WorkItem => ({ notification: notificationOf(objects) });

  it('all fail where one ledger does not balance', async () => {
    const sound = object('a', 'done');
    const lost = object('b', 'done');
    lost.ledger.recordsRead++;
    const items = [itemOf(sound), itemOf(lost)];
    const result = { objects: [sound, lost], deliveryFault: undefined } as PipelineResult;
    expect(await settleItems(items, result, options)).toMatchObject({ failed: items, isBalanced: false });
  });

  it('one whose resume message is refused fails, and says why', async () => {
    const [further, done] = [object('a', 'further'), object('b', 'done')];
    const items = [itemOf(further), itemOf(done)];
    const result = { objects: [further, done], deliveryFault: undefined } as PipelineResult;
    const refused = new Error('no access');
    const settlement = await settleItems(items, result, {
      ...options,
      sendResume: () => Promise.reject(refused),
    });
    expect(settlement).toMatchObject({
      failed: [items[0]],
      failedRecords: 2,
      leftForResume: 0,
      resumeFaults: [refused],
    });
  });
});
