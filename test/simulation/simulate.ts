import { Coverage } from '../../digest/coverage.ts';
import { parseReceipt } from '../../digest/receipt.ts';
import { PACKINGS, WORK_QUEUE } from '../../lambda/contract.ts';
import type { InvocationReport } from '../../lambda/settle/report.ts';
import type { LogObjectRef } from '../../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import type { AccountNames, Handler } from '../../local/account.ts';
import type { VirtualClock } from '../../local/virtual-clock.ts';
import { toEvent } from '../../local/work-queue.ts';
import { createRandom, type Random } from '../../samples/random.ts';
import { unpackEvents, type useLocalAccount } from '../run-locally.ts';
import { FaultInjector } from './fault-injector.ts';
import { createEvents, createObjects, EXCLUDED, replaceObject, type SimulatedObject } from './world.ts';

type Local = ReturnType<typeof useLocalAccount>;

/** Counts of one schedule, added up for all. */
export interface ScheduleResult {
  faults: Record<string, number>;
  invocations: number;
  delivered: number;
  duplicates: number;
  resumes: number;
  superseded: number;
  deadLetters: number;
}

/** State of one schedule. Its resource names are unique, so late requests of another schedule have no effect. */
interface Schedule {
  random: Random;
  clock: VirtualClock;
  local: Local;
  names: AccountNames & { bucket: string };
  injector: FaultInjector;
  reports: InvocationReport[];
  objects: SimulatedObject[];
  settings: Record<string, string>;
  /** Two containers poll the queue at once, and messages reappear while the first one runs. */
  isConcurrent: boolean;
  counts: Record<string, number>;
  lostReceipts: number;
}

/**
 * Runs one schedule of objects, faults and redeliveries until the queue is empty. Then checks the guarantees on the
 * records that Firehose accepted.
 *
 * @throws Error that names the broken guarantee
 */
export async function simulate(seed: number, local: Local, clock: VirtualClock): Promise<ScheduleResult> {
  const schedule = createSchedule(seed, local, clock);
  const { random, injector, reports, objects } = schedule;
  const account = local.account();
  // Between attempts the SDK waits on the machine's clock, so SDK retries are rare and off during an outage.
  process.env.AWS_MAX_ATTEMPTS = random.chance(0.1) && injector.longestOutageMs === 0 ? '3' : '1';
  await run(schedule);
  const wasDead = account.workQueue.deadLetters.length > 0;
  const isRedriven = wasDead && random.chance(0.3);
  if (isRedriven) {
    checkDeadLetters(schedule);
    account.workQueue.redrive();
    await drain(schedule);
    count(schedule, 'queue.redriven');
  }
  const counts = countDeliveries(schedule);
  const letters = account.workQueue.deadLetters.flatMap(({ body }) => parseNotification(body).refs);
  checkPresence(schedule, counts, letters);
  checkDeadLetters(schedule);
  checkReports(reports);
  checkReceipts(schedule, counts, letters);
  const duplicates = checkCopies(schedule, counts);
  account.endContainers();
  return {
    faults: { ...account.countFaults(), ...injector.counts, ...schedule.counts, ...countStates(objects) },
    invocations: reports.length,
    delivered: [...counts.values()].reduce((sum, copies) => sum + copies, 0),
    duplicates,
    resumes: reports.reduce((sum, { resumes }) => sum + resumes, 0),
    superseded: reports.reduce((sum, { superseded }) => sum + superseded, 0),
    deadLetters: letters.length,
  };
}

function createSchedule(seed: number, local: Local, clock: VirtualClock): Schedule {
  const random = createRandom(seed);
  const names = {
    streams: Array.from({ length: random.int(1, 4) }, (_, i) => `events-${seed}-${i}`),
    queue: `work-${seed}`,
    claimBucket: `claims-${seed}`,
    bucket: `trail-${seed}`,
    receiptStream: `receipts-${seed}`,
  };
  const isConcurrent = random.chance(0.2);
  const toReplace = random.chance(0.1) ? random.int(1, 8) : Number.POSITIVE_INFINITY;
  let requests = 0;
  const injector = new FaultInjector(random, clock, names, {
    canKill: !isConcurrent,
    onRequest() {
      if (++requests !== toReplace) return;
      const object = random.pick(schedule.objects);
      if (object.state === 'sound' && object.versionId === undefined)
        replaceObject(object, random, local.account().s3, names.bucket);
    },
  });
  local.reset(injector.faults, names);
  const objects = createObjects(random, local.account().s3, names.bucket);
  const schedule: Schedule = {
    random,
    clock,
    local,
    names,
    injector,
    reports: [],
    objects,
    settings: drawSettings(random),
    isConcurrent,
    counts: {},
    lostReceipts: 0,
  };
  return schedule;
}

function drawSettings(random: Random): Record<string, string> {
  return {
    PACKING: random.pick(['single', 'single', ...PACKINGS]),
    MAX_CALLS_IN_FLIGHT: random.pick(['1', '2', '4']),
    MAX_BATCH_RECORDS: random.pick(['2', '5', '10']),
    MAX_OBJECTS_IN_FLIGHT: random.pick(['1', '3']),
    GIVE_UP_AFTER_HOURS: random.pick(['72', '72', '1']),
    EXCLUDE_EVENTS: random.pick(['', EXCLUDED]),
    RETRY_BASE_MS: '1000',
  };
}

async function run(schedule: Schedule): Promise<void> {
  const { random, local, objects, names, isConcurrent } = schedule;
  const { workQueue } = local.account();
  if (isConcurrent) {
    workQueue.visibilityMs = 10_000;
    for (const event of createEvents(random, objects, names.bucket)) {
      for (const body of bodiesOf(event)) workQueue.send(body);
    }
    await drain(schedule);
    return;
  }
  const handler = containers(schedule);
  for (const event of createEvents(random, objects, names.bucket)) {
    await local.account().deliver(handler, event, () => schedule.injector.startInvocation());
  }
}

function bodiesOf(event: unknown): string[] {
  const { Records } = event as { Records: { eventSource: string; body: string }[] };
  return Records.every(({ eventSource }) => eventSource === 'aws:sqs')
    ? Records.map(({ body }) => body)
    : [JSON.stringify(event)];
}

/** Polls until the queue is empty, with two invocations at once if the schedule is concurrent. */
async function drain(schedule: Schedule): Promise<void> {
  const { clock, local, injector, random, isConcurrent } = schedule;
  const { workQueue, collectResumes } = local.account();
  const handler = containers(schedule);
  const running = new Set<Promise<void>>();
  for (;;) {
    collectResumes();
    if (workQueue.isEmpty && running.size === 0) return;
    const next = workQueue.nextVisibleAt;
    if (running.size === 0 && next !== undefined) clock.skip(Math.max(0, next - clock.now()));
    if (running.size < (isConcurrent ? 2 : 1)) {
      const batch = workQueue.take(random.int(1, 10));
      if (batch.length > 0) {
        if (running.size > 0) count(schedule, 'queue.twoAtOnce');
        const done: Promise<void> = invoke(batch).finally(() => running.delete(done));
        running.add(done);
        continue;
      }
    }
    await Promise.race([...running, new Promise((resolve) => setTimeout(resolve, 2))]);
  }

  async function invoke(batch: ReturnType<typeof workQueue.take>): Promise<void> {
    const answer = await handler(toEvent(batch), injector.startInvocation()).catch(() => undefined);
    const failed = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of batch) if (answer && !failed.has(message.messageId)) workQueue.delete(message);
  }
}

/** Runs the handler in a fresh, warm or thawed container, which the schedule can kill. */
function containers(schedule: Schedule): Handler {
  const { random, clock, local, injector, reports, isConcurrent } = schedule;
  let warm: Handler | undefined;
  return async (event, context) => {
    if (reports.length > 3_000)
      throw new Error('more than 3,000 invocations: messages are requeued endlessly');
    if (!warm || random.chance(0.1)) {
      count(schedule, 'container.fresh');
      const container = local.createHandler(schedule.settings, { random: () => random.int(0, 999) / 1_000 });
      container.reports.push = (...all) => {
        // A killed invocation is repeated, with its receipts.
        if (!injector.isKilled)
          schedule.lostReceipts += all.reduce((sum, { receiptsLost }) => sum + receiptsLost, 0);
        return reports.push(...all);
      };
      warm = container.handler;
    } else if (!isConcurrent && random.chance(0.2)) {
      count(schedule, 'container.frozen');
      local.account().freeze();
    }
    const { endsAt } = context as { endsAt?: number };
    const limit =
      endsAt === undefined
        ? Number.POSITIVE_INFINITY
        : endsAt + (clock.now() - (endsAt - remaining(context)));
    const answer = await warm(event, context);
    if (injector.isKilled) throw new Error('the invocation was killed');
    if (!isConcurrent && clock.now() > limit)
      throw Object.assign(new Error(`invocation ended ${clock.now() - limit} ms after its deadline`), {
        isFinal: true,
      });
    return answer;
  };
}

function remaining(context: { getRemainingTimeInMillis(): number }): number {
  return context.getRemainingTimeInMillis();
}

function count({ counts }: Schedule, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Returns `object n` of an event, which the text of a malformed record also contains. */
function identify({ message }: Record<string, unknown>): string {
  const match = /^\{("later":1,)?"object":(\d+),"n":(\d+),/.exec(String(message));
  return match ? `${match[2]} ${match[3]}${match[1] ? ' later' : ''}` : 'unknown';
}

/** Counts the deliveries of each record, and checks that each event matches a stored record exactly. */
function countDeliveries({ objects, local }: Schedule): Map<string, number> {
  const hasCorrupt = objects.some(({ state }) => state === 'corrupt');
  const counts = new Map<string, number>();
  for (const event of unpackEvents(local.taken)) {
    const name = identify(event);
    const [object, n, isLater] = name.split(' ');
    const { state, records } = objects[Number(object)] ?? {};
    // A corrupt deflate stream can decode to anything before its checksum is verified.
    if (state === 'corrupt' || (name === 'unknown' && hasCorrupt)) continue;
    const text = records?.[Number(n)];
    const expected =
      isLater && state === 'replaced' ? text?.replace('"object":', '"later":1,"object":') : text;
    if (event.message !== expected && !hasCorrupt) throw new Error(`altered record: ${name}`);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Checks that each record was delivered, excluded, or is named in a dead letter. */
function checkPresence(
  { objects, settings, names }: Schedule,
  counts: Map<string, number>,
  letters: LogObjectRef[],
): void {
  objects.forEach(({ key, records, state }, i) => {
    const named = letters.filter((letter) => letter.key === key && letter.bucket === names.bucket);
    if (state === 'replaced') return;
    if (state !== 'sound' && named.length === 0)
      throw new Error(`object ${i} is ${state}, but was not reported`);
    if (state === 'corrupt') return;
    records.forEach((text, n) => {
      const isExcluded = settings.EXCLUDE_EVENTS !== '' && text.includes('"Skip"');
      if (counts.has(`${i} ${n}`) || isExcluded || named.some((letter) => isIn(letter, n))) return;
      throw new Error(`lost record ${n} of object ${i}, which is ${state}`);
    });
  });
}

function isIn({ nextRecord, ranges, nextUnread = nextRecord }: LogObjectRef, n: number): boolean {
  return n >= nextUnread || (ranges ?? []).some(([first, last]) => first <= n && n <= last);
}

/**
 * Checks that a sound object is dead-lettered only if an outage outlasted `giveUpAfterHours`, or if a message used up
 * its receives. A receive is used up by a kill, by a resume message that SQS did not confirm, or by S3 reporting the
 * object as missing, forbidden or corrupted.
 */
function checkDeadLetters({ local, objects, injector, settings, isConcurrent, reports }: Schedule): void {
  const account = local.account();
  const { deadLetters, redeliveries } = account.workQueue;
  const faults = account.countFaults();
  const costly = [
    ...['notFound', 'accessDenied', 'wrongChecksum', 'truncate'].map((kind) => faults[`s3.${kind}`]),
    ...['serverError', 'accessDenied', 'throttle', 'resetBefore', 'resetAfter', 'refuse', 'hang'].map(
      (kind) => faults[`sqs.${kind}`],
    ),
    injector.counts['function.killed'],
    injector.counts['function.outOfTime'],
    // With two invocations at once, the other one's receives count as well.
    isConcurrent ? redeliveries : 0,
  ].reduce<number>((sum, times) => sum + (times ?? 0), 0);
  // An hour has passed by the second receive, so any failure can dead-letter the message.
  const hours = Number(settings.GIVE_UP_AFTER_HOURS);
  const isTooOld = hours === 1 || injector.longestOutageMs > hours * 3_600_000;
  if (costly >= WORK_QUEUE.maxReceives || isTooOld) return;
  for (const { body } of deadLetters) {
    const keys = parseNotification(body).refs.map(({ key }) => key);
    if (objects.some(({ key, state }) => state !== 'sound' && keys.includes(key))) continue;
    const errorLines = reports.flatMap(({ errors }) => errors.map((error) => JSON.stringify(error)));
    throw new Error(`dead letter with only sound objects: ${body}\n${errorLines.join('\n')}`);
  }
}

/**
 * Checks that receipts claim only records that were delivered or excluded. An object without a dead letter has them all,
 * unless one could not be put.
 */
function checkReceipts(schedule: Schedule, counts: Map<string, number>, letters: LogObjectRef[]): void {
  const { objects, settings, names, local, lostReceipts } = schedule;
  const coverage = new Coverage();
  const receipts = local.receipts.flatMap((record) =>
    record.toString().trimEnd().split('\n').map(parseReceipt),
  );
  for (const receipt of receipts) {
    if (receipt) coverage.add(receipt);
    const i = objects.findIndex(({ key }) => receipt?.object === `s3://${names.bucket}/${key}`);
    const { records = [], state } = objects[i] ?? {};
    if (state !== 'sound' && state !== 'missing' && state !== 'truncated') continue;
    const claimed = (receipt?.covered ?? []).flatMap(([first, last]) =>
      records.slice(first, last + 1).map((_, n) => first + n),
    );
    for (const n of claimed)
      if (!counts.has(`${i} ${n}`) && !(settings.EXCLUDE_EVENTS !== '' && records[n]?.includes('"Skip"')))
        throw new Error(`a receipt claims record ${n} of object ${i}, which was not delivered`);
  }
  if (lostReceipts > 0) return;
  count(schedule, 'receipts.complete');
  for (const { key, state, etag } of objects) {
    if (state !== 'sound' || letters.some((letter) => letter.key === key)) continue;
    const { state: found, reason } = coverage.judge(`s3://${names.bucket}/${key}`, etag);
    if (found !== 'received') throw new Error(`receipts of ${key}: ${found}: ${reason}`);
  }
}

function checkReports(reports: InvocationReport[]): void {
  for (const report of reports) {
    const { recordsRead, delivered, filtered, failed, leftForResume, unbalanced } = report;
    if (unbalanced !== 0 || recordsRead !== delivered + filtered + failed + leftForResume) {
      throw new Error(`counts do not match: ${JSON.stringify(report)}`);
    }
  }
}

/**
 * Checks the number of copies of each record. A lost answer adds one copy. A redelivered message adds two: its own run,
 * and the rest that this run requeues if the claim store failed.
 */
function checkCopies({ local, injector }: Schedule, counts: Map<string, number>): number {
  const faults = local.account().countFaults();
  const sum = (...names: string[]) => names.reduce((total, name) => total + (faults[name] ?? 0), 0);
  const lost = sum('firehose.resetAfter', 'firehose.slow', 'firehose.hang');
  const unconfirmed = sum('sqs.resetAfter', 'sqs.hang');
  const { redeliveries } = local.account().workQueue;
  // A direct event has three attempts before it moves to the queue.
  const allowed = 1 + lost + 2 * redeliveries + unconfirmed + 3 + (injector.counts['function.killed'] ?? 0);
  const most = Math.max(0, ...counts.values());
  if (most > allowed) throw new Error(`${most} copies of a record, ${allowed} allowed`);
  return [...counts.values()].reduce((total, copies) => total + copies - 1, 0);
}

function countStates(objects: SimulatedObject[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state, versionId } of objects) {
    if (versionId !== undefined) counts['stored.versioned'] = (counts['stored.versioned'] ?? 0) + 1;
    if (state !== 'sound') counts[`stored.${state}`] = (counts[`stored.${state}`] ?? 0) + 1;
  }
  return counts;
}
