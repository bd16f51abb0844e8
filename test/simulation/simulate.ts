import { PACKINGS, WORK_QUEUE } from '../../lambda/contract.ts';
import type { InvocationReport } from '../../lambda/settle/report.ts';
import type { LogObjectRef } from '../../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import type { AccountNames, Handler } from '../../local/account.ts';
import type { VirtualClock } from '../../local/virtual-clock.ts';
import { toEvent } from '../../local/work-queue.ts';
import { createRandom, type Random } from '../../samples/random.ts';
import { unpackEvents, type useLocalAccount } from '../run-locally.ts';
import { Troubles } from './troubles.ts';
import { createEvents, createObjects, EXCLUDED, replaceObject, type SimulatedObject } from './world.ts';

type Local = ReturnType<typeof useLocalAccount>;

/** What one schedule did, for the counts at the end of all of them. */
export interface ScheduleResult {
  faults: Record<string, number>;
  invocations: number;
  delivered: number;
  duplicates: number;
  resumes: number;
  superseded: number;
  deadLetters: number;
}

/** Everything of one schedule. Its names are its own, so that nothing late of another one counts here. */
interface Schedule {
  random: Random;
  clock: VirtualClock;
  local: Local;
  names: AccountNames & { bucket: string };
  troubles: Troubles;
  reports: InvocationReport[];
  objects: SimulatedObject[];
  settings: Record<string, string>;
  /** Two containers take from the queue at once, and messages reappear while the first one runs. */
  isConcurrent: boolean;
  counts: Record<string, number>;
}

/**
 * One schedule: objects, troubles and the redelivery of the queue, until nothing is left to be done. Then the
 * guarantees are checked on what Firehose accepted.
 *
 * @throws Error that says which guarantee does not hold
 */
export async function simulate(seed: number, local: Local, clock: VirtualClock): Promise<ScheduleResult> {
  const schedule = createSchedule(seed, local, clock);
  const { random, troubles, reports, objects } = schedule;
  const account = local.account();
  // The SDK waits on the machine's clock between its attempts, so rarely, and never through an outage.
  process.env.AWS_MAX_ATTEMPTS = random.chance(0.1) && troubles.longestOutageMs === 0 ? '3' : '1';
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
  const duplicates = checkCopies(schedule, counts);
  account.endContainers();
  return {
    faults: { ...account.countFaults(), ...troubles.counts, ...schedule.counts, ...countStates(objects) },
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
    stream: `events-${seed}`,
    queue: `work-${seed}`,
    claimBucket: `claims-${seed}`,
    bucket: `trail-${seed}`,
  };
  const isConcurrent = random.chance(0.2);
  const toReplace = random.chance(0.1) ? random.int(1, 8) : Number.POSITIVE_INFINITY;
  let requests = 0;
  const troubles = new Troubles(random, clock, names, {
    mayKill: !isConcurrent,
    onRequest() {
      if (++requests !== toReplace) return;
      const object = random.pick(schedule.objects);
      if (object.state === 'sound' && object.versionId === undefined)
        replaceObject(object, random, local.account().s3, names.bucket);
    },
  });
  local.reset(troubles.faults, names);
  const objects = createObjects(random, local.account().s3, names.bucket);
  const schedule: Schedule = {
    random,
    clock,
    local,
    names,
    troubles,
    reports: [],
    objects,
    settings: drawSettings(random),
    isConcurrent,
    counts: {},
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
    await local.account().deliver(handler, event, () => schedule.troubles.startInvocation());
  }
}

function bodiesOf(event: unknown): string[] {
  const { Records } = event as { Records: { eventSource: string; body: string }[] };
  return Records.every(({ eventSource }) => eventSource === 'aws:sqs')
    ? Records.map(({ body }) => body)
    : [JSON.stringify(event)];
}

/** Until the queue is empty: two invocations at once if the schedule wants that. */
async function drain(schedule: Schedule): Promise<void> {
  const { clock, local, troubles, random, isConcurrent } = schedule;
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
    const answer = await handler(toEvent(batch), troubles.startInvocation()).catch(() => undefined);
    const failed = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of batch) if (answer && !failed.has(message.messageId)) workQueue.delete(message);
  }
}

/** The handler in containers that are fresh, warm, or were frozen; killed if the schedule says so. */
function containers(schedule: Schedule): Handler {
  const { random, clock, local, troubles, reports, isConcurrent } = schedule;
  let warm: Handler | undefined;
  return async (event, context) => {
    if (reports.length > 3_000) throw new Error('the messages circle');
    if (!warm || random.chance(0.1)) {
      count(schedule, 'container.fresh');
      const container = local.createHandler(schedule.settings, { random: () => random.int(0, 999) / 1_000 });
      container.reports.push = (...all) => reports.push(...all);
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
    if (troubles.isKilled) throw new Error('the invocation was killed');
    if (!isConcurrent && clock.now() > limit)
      throw Object.assign(new Error(`outlived its deadline by ${clock.now() - limit} ms`), { isFinal: true });
    return answer;
  };
}

function remaining(context: { getRemainingTimeInMillis(): number }): number {
  return context.getRemainingTimeInMillis();
}

function count({ counts }: Schedule, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** `object n` of an event; the text of a malformed record has it, too. */
function identify({ message }: Record<string, unknown>): string {
  const match = /^\{("later":1,)?"object":(\d+),"n":(\d+),/.exec(String(message));
  return match ? `${match[2]} ${match[3]}${match[1] ? ' later' : ''}` : 'unknown';
}

/** How often each record was delivered; each of them has to be one of ours, to the letter. */
function countDeliveries({ objects, local }: Schedule): Map<string, number> {
  const hasCorrupt = objects.some(({ state }) => state === 'corrupt');
  const counts = new Map<string, number>();
  for (const event of unpackEvents(local.taken)) {
    const name = identify(event);
    const [object, n, isLater] = name.split(' ');
    const { state, records } = objects[Number(object)] ?? {};
    // What a broken deflate stream decodes to before its checksum is seen is anything at all.
    if (state === 'corrupt' || (name === 'unknown' && hasCorrupt)) continue;
    const text = records?.[Number(n)];
    const expected =
      isLater && state === 'replaced' ? text?.replace('"object":', '"later":1,"object":') : text;
    if (event.message !== expected && !hasCorrupt) throw new Error(`altered: record ${name}`);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Every record is there, excluded, or in a dead letter that names its object and it. */
function checkPresence(
  { objects, settings, names }: Schedule,
  counts: Map<string, number>,
  letters: LogObjectRef[],
): void {
  objects.forEach(({ key, records, state }, i) => {
    const named = letters.filter((letter) => letter.key === key && letter.bucket === names.bucket);
    if (state === 'replaced') return;
    if (state !== 'sound' && named.length === 0) throw new Error(`${state}, but not reported: object ${i}`);
    if (state === 'corrupt') return;
    records.forEach((text, n) => {
      const isExcluded = settings.EXCLUDE_EVENTS !== '' && text.includes('"Skip"');
      if (counts.has(`${i} ${n}`) || isExcluded || named.some((letter) => isIn(letter, n))) return;
      throw new Error(`lost: record ${n} of object ${i}, ${state}`);
    });
  });
}

function isIn({ nextRecord, ranges, nextUnread = nextRecord }: LogObjectRef, n: number): boolean {
  return n >= nextUnread || (ranges ?? []).some(([first, last]) => first <= n && n <= last);
}

/**
 * A sound object is in the dead-letter queue only if its trouble outlasted `giveUpAfterHours`, or if something that
 * costs a receive happened as often as a message has receives: a kill, a resume message that SQS did not confirm, or
 * S3 saying that the object is missing, forbidden or corrupted.
 */
function checkDeadLetters({ local, objects, troubles, settings, isConcurrent, reports }: Schedule): void {
  const account = local.account();
  const { deadLetters, redeliveries } = account.workQueue;
  const faults = account.countFaults();
  const costly = [
    ...['notFound', 'accessDenied', 'wrongChecksum', 'truncate'].map((kind) => faults[`s3.${kind}`]),
    ...['serverError', 'accessDenied', 'throttle', 'resetBefore', 'resetAfter', 'refuse', 'hang'].map(
      (kind) => faults[`sqs.${kind}`],
    ),
    troubles.counts['function.killed'],
    troubles.counts['function.outOfTime'],
    // Two at once: the other's receive counts as well.
    isConcurrent ? redeliveries : 0,
  ].reduce<number>((sum, times) => sum + (times ?? 0), 0);
  // An hour is over with the second receive, whatever was refused once.
  const hours = Number(settings.GIVE_UP_AFTER_HOURS);
  const isGivenUp = hours === 1 || troubles.longestOutageMs > hours * 3_600_000;
  if (costly >= WORK_QUEUE.maxReceives || isGivenUp) return;
  for (const { body } of deadLetters) {
    const keys = parseNotification(body).refs.map(({ key }) => key);
    if (objects.some(({ key, state }) => state !== 'sound' && keys.includes(key))) continue;
    const said = reports.flatMap(({ errors }) => errors.map((error) => JSON.stringify(error)));
    throw new Error(`dead letter of sound objects: ${body}\n${said.join('\n')}`);
  }
}

function checkReports(reports: InvocationReport[]): void {
  for (const report of reports) {
    const { recordsRead, delivered, filtered, failed, leftForResume, unbalanced } = report;
    if (unbalanced !== 0 || recordsRead !== delivered + filtered + failed + leftForResume) {
      throw new Error(`does not balance: ${JSON.stringify(report)}`);
    }
  }
}

/**
 * Copies of a record are bounded by what can make one: a call whose answer was lost, and a message that was received
 * again (its own run, and the hand-over of that run if the store of claims failed).
 */
function checkCopies({ local, troubles }: Schedule, counts: Map<string, number>): number {
  const faults = local.account().countFaults();
  const sum = (...names: string[]) => names.reduce((total, name) => total + (faults[name] ?? 0), 0);
  const lost = sum('firehose.resetAfter', 'firehose.slow', 'firehose.hang');
  const unconfirmed = sum('sqs.resetAfter', 'sqs.hang');
  const { redeliveries } = local.account().workQueue;
  // A direct event is tried three times before it is on the queue.
  const allowed = 1 + lost + 2 * redeliveries + unconfirmed + 3 + (troubles.counts['function.killed'] ?? 0);
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
