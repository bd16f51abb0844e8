import { createRandom, type Random } from '../../cli/corpus/random.ts';
import { type FaultPlan, killable, planFaults } from '../../cli/faults/plan-faults.ts';
import { type Handler, QUEUE } from '../../cli/local-account.ts';
import { PACKINGS } from '../../lambda/contract.ts';
import type { InvocationReport } from '../../lambda/report.ts';
import { nameObject } from '../../lambda/trigger/log-object-ref.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { BUCKET, unpackEvents, type useLocalAccount } from '../run-locally.ts';
import { createEvents, createObjects, type SimulatedObject } from './world.ts';

type Local = ReturnType<typeof useLocalAccount>;

/** What one schedule did, for the counts at the end of all of them. */
export interface ScheduleResult {
  faults: Record<string, number>;
  invocations: number;
  delivered: number;
  duplicates: number;
  resumes: number;
  deadLetters: number;
}

/** An invocation as the outside saw it. */
interface Invocation {
  /** Which records Firehose took meanwhile, as `object n`. */
  taken: string[];
  report: InvocationReport | undefined;
  /** Nobody heard its answer, or SQS failed it: all of it comes again. */
  wasCutOff: boolean;
  /** Whether resume messages had come through before: then the rest of its objects comes twice. */
  hasHandedOn: boolean;
}

/**
 * One schedule: objects, faults and the redelivery of the queue, until nothing is left to be done. Then the
 * guarantees are checked on what Firehose took.
 *
 * @throws Error that says which guarantee does not hold
 */
export async function simulate(seed: number, local: Local): Promise<ScheduleResult> {
  const random = createRandom(seed);
  const plan = planFaults(random, random.pick([0, 3, 10, 30]), random.pick([0.05, 0.2, 0.5]));
  local.reset(plan.faults);
  const account = local.account();
  const objects = createObjects(random, account.s3);
  const settings = drawSettings(random);
  const invocations: Invocation[] = [];
  const handler = watch(settings, local, plan, invocations);

  for (const event of createEvents(random, objects)) {
    await account.deliver(handler, event, () => plan.startInvocation());
  }

  const counts = countDeliveries(objects, unpackEvents(local.taken));
  const letters = account.workQueue.deadLetters.flatMap(({ body }) => parseNotification(body).refs);
  checkPresence(objects, counts, letters);
  checkReports(invocations);
  const faults = {
    ...account.countFaults(),
    ...prefix('function', plan.functionFaults),
    ...prefix('stored', countStates(objects)),
  };
  const duplicates = checkDuplicates(counts, invocations, objects, settings, faults);
  return {
    faults,
    invocations: invocations.length,
    delivered: [...counts.values()].reduce((sum, count) => sum + count, 0),
    duplicates,
    resumes: invocations.reduce((sum, { report }) => sum + (report?.resumes ?? 0), 0),
    deadLetters: letters.length,
  };
}

interface SimulationSettings {
  PACKING: string;
  MAX_CALLS_IN_FLIGHT: string;
  MAX_BATCH_RECORDS: string;
  MAX_OBJECTS_IN_FLIGHT: string;
}

function drawSettings(random: Random): SimulationSettings {
  return {
    PACKING: random.pick(['single', 'single', ...PACKINGS]),
    MAX_CALLS_IN_FLIGHT: random.pick(['1', '2', '4']),
    MAX_BATCH_RECORDS: random.pick(['2', '5', '10']),
    MAX_OBJECTS_IN_FLIGHT: random.pick(['1', '3']),
  };
}

/** The handler, killed where the plan says so; each invocation is entered with what it put into Firehose. */
function watch(
  settings: SimulationSettings,
  local: Local,
  plan: FaultPlan,
  invocations: Invocation[],
): Handler {
  const { handler, reports } = handlerOf(settings, local);
  const killed = killable(handler, plan);
  return async (event, context) => {
    // Far more than any schedule needs: a message that circles for ever would end here.
    if (invocations.length > 500) throw new Error('the messages circle');
    const [takenBefore, reportsBefore, sqsFaultsBefore] = [
      local.taken.length,
      reports.length,
      countSqsFaults(local),
    ];
    try {
      return await killed(event, context);
    } finally {
      invocations.push({
        taken: unpackEvents(local.taken.slice(takenBefore)).map(identify),
        report: reports[reportsBefore],
        wasCutOff: plan.isKilled || countSqsFaults(local) > sqsFaultsBefore,
        hasHandedOn: local.account().sqs.messages(QUEUE).length > 0,
      });
    }
  };
}

/** A handler serves many schedules, as a container serves many invocations. */
const handlers = new Map<string, ReturnType<Local['createHandler']>>();

function handlerOf(settings: SimulationSettings, local: Local): ReturnType<Local['createHandler']> {
  const name = JSON.stringify(settings);
  const known = handlers.get(name) ?? local.createHandler({ ...settings, RETRY_BASE_MS: '0' });
  handlers.set(name, known);
  known.reports.length = 0;
  return known;
}

function countSqsFaults(local: Local): number {
  return Object.values(local.account().sqs.faultsExercised).reduce((sum, count) => sum + count, 0);
}

/** `object n` of an event; the text of a malformed record tells it, too. */
function identify({ message }: Record<string, unknown>): string {
  const match = /^\{"object":(\d+),"n":(\d+),/.exec(String(message));
  return match ? `${match[1]} ${match[2]}` : 'unknown';
}

/** How often each record was delivered; each of them has to be one of ours, to the letter. */
function countDeliveries(objects: SimulatedObject[], events: Record<string, unknown>[]): Map<string, number> {
  const hasCorrupt = objects.some(({ state }) => state === 'corrupt');
  const counts = new Map<string, number>();
  for (const event of events) {
    const name = identify(event);
    const [object, n] = name.split(' ').map(Number);
    const text = objects[object ?? -1]?.records[n ?? -1];
    // What a broken deflate stream decodes to before its checksum is seen is anything at all.
    if (objects[object ?? -1]?.state === 'corrupt' || (name === 'unknown' && hasCorrupt)) continue;
    if (event.message !== text && !hasCorrupt) throw new Error(`altered: record ${name}`);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Every record is there, or a dead letter names its object and a record at or before it. */
function checkPresence(
  objects: SimulatedObject[],
  counts: Map<string, number>,
  letters: { bucket: string; key: string; nextRecord: number }[],
): void {
  objects.forEach(({ key, records, state }, i) => {
    const named = letters.filter((letter) => letter.key === key && letter.bucket === BUCKET);
    const lowest = Math.min(...named.map(({ nextRecord }) => nextRecord));
    if (state === 'missing' && named.length === 0)
      throw new Error(`not reported: ${nameObject({ bucket: BUCKET, key })}`);
    if (state === 'corrupt' && named.length === 0) throw new Error(`corrupt, but not reported: object ${i}`);
    if (state === 'corrupt') return;
    records.forEach((_, n) => {
      if (!counts.has(`${i} ${n}`) && !(lowest <= n))
        throw new Error(`lost: record ${n} of object ${i}, ${state}`);
    });
    if (state === 'truncated' && named.length === 0)
      throw new Error(`truncated, but not reported: object ${i}`);
  });
}

function checkReports(invocations: Invocation[]): void {
  for (const { report } of invocations) {
    if (!report) continue;
    const { recordsRead, delivered, filtered, failed, leftForResume, unbalanced } = report;
    if (unbalanced !== 0 || recordsRead !== delivered + filtered + failed + leftForResume) {
      throw new Error(`does not balance: ${JSON.stringify(report)}`);
    }
  }
}

/**
 * No more duplicates than records in flight at the faults: the calls whose answer never came; of an invocation
 * that left something undone what it had delivered beyond the point of its resume, a window of calls at the most;
 * of one that was cut off all that it had delivered, and all that it had handed on; of one that read spoilt bytes
 * all that it had read.
 */
function checkDuplicates(
  counts: Map<string, number>,
  invocations: Invocation[],
  objects: SimulatedObject[],
  settings: SimulationSettings,
  faults: Record<string, number>,
): number {
  const duplicates = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
  const records = objects.reduce((sum, object) => sum + object.records.length, 0);
  const eventsInCall = settings.PACKING === 'single' ? Number(settings.MAX_BATCH_RECORDS) : records;
  let allowed = ((faults['firehose.resetAfter'] ?? 0) + (faults['firehose.slow'] ?? 0)) * eventsInCall;
  for (const { taken, report, wasCutOff, hasHandedOn } of invocations) {
    const window = Number(settings.MAX_CALLS_IN_FLIGHT) * eventsInCall;
    // A call that was given up may still arrive, even while the next invocation runs: what was read counts.
    const inFlight = Math.max(taken.length, report?.recordsRead ?? 0);
    const mayHaveHandedOn =
      hasHandedOn || report?.faults.some(({ fault }) => fault.startsWith('no resume message'));
    if (wasCutOff) allowed += inFlight + (mayHaveHandedOn ? records : 0);
    else if (report?.faults.some(({ fault }) => fault.includes('spoilt-in-transit'))) allowed += inFlight;
    else if (report && report.faults.length > 0) allowed += Math.min(inFlight, window);
  }
  if (duplicates > allowed) throw new Error(`${duplicates} duplicates, ${allowed} were in flight`);
  return duplicates;
}

function countStates(objects: SimulatedObject[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of objects) if (state !== 'sound') counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function prefix(service: string, counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([kind, count]) => [`${service}.${kind}`, count]));
}
