import {
  type CursorRange,
  formatCursor,
  newCursor,
  ORDERS,
  parseCursor,
} from '../../lambda/backfill/cursor.ts';
import type { LogLine, StepLine } from '../../lambda/backfill/log-lines.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import type { AccountFaults, Handler } from '../../local/account.ts';
import type { ReceivedMessage } from '../../local/sqs/hold.ts';
import type { VirtualClock } from '../../local/virtual-clock.ts';
import { toEvent } from '../../local/work-queue.ts';
import { createRandom, type Random } from '../../samples/random.ts';
import { PLENTY_OF_TIME, type useLocalAccount } from '../run-locally.ts';
import { type BackfillWorld, createBackfillWorld } from './backfill-world.ts';

type Local = ReturnType<typeof useLocalAccount>;

export interface WalkOptions {
  seed: number;
  accounts: number;
  regions: number;
  objects: number;
  /** Probability of a fault per request, and of a kill per invocation. */
  likelihood: number;
}

/** Counts of one walk. */
export interface WalkResult {
  keys: number;
  wanted: number;
  /** Objects enqueued more than once, all copies together. */
  copies: number;
  kills: number;
  faults: number;
  duplicates: number;
  waits: number;
  superseded: number;
  invocations: number;
}

interface Walk {
  random: Random;
  local: Local;
  clock: VirtualClock;
  world: BackfillWorld;
  bucket: string;
  queue: string;
  lines: LogLine[];
  enqueued: Map<string, number>;
  /** Kills, faults and duplicates, by prefix of the cursors that they hit. */
  disturbed: Map<string, number>;
  injector: Injector;
  result: WalkResult;
}

/**
 * Walks a bucket with kills before and after every request, errors of services, and duplicates of SQS.
 *
 * @throws Error that names the broken guarantee
 */
export async function walkBackfill(
  options: WalkOptions,
  local: Local,
  clock: VirtualClock,
): Promise<WalkResult> {
  const walk = createWalk(options, local, clock);
  const { random, queue, world, injector } = walk;
  const { sqs } = local.account();
  process.env.AWS_MAX_ATTEMPTS = '1';
  for (const range of world.ranges) {
    sqs.send(queue, formatCursor(newCursor(range)));
    // The command that sent it was run twice.
    if (options.likelihood > 0 && random.chance(0.3)) {
      sqs.send(queue, formatCursor(newCursor(range)));
      disturb(walk, [range.prefix], 1);
    }
  }
  let container = newContainer(walk);
  for (let at = sqs.nextVisibleAt(queue); at !== undefined; at = sqs.nextVisibleAt(queue)) {
    clock.skip(Math.max(0, at - clock.now()));
    const batch = takeObjects(walk, sqs.take(queue, random.int(1, 10), 1_800_000));
    if (batch.length === 0) continue;
    if (++walk.result.invocations > 50_000) throw new Error('the walk does not end');
    await invoke(walk, batch, container);
    if (injector.isKilled) container = newContainer(walk);
  }
  check(walk, options);
  local.account().endContainers();
  return walk.result;
}

function createWalk({ seed, likelihood, ...size }: WalkOptions, local: Local, clock: VirtualClock): Walk {
  const random = createRandom(seed);
  const [from, until] = random.pick([
    ['2026-01-10', '2026-01-20'],
    ['2026-01-10T06:30Z', '2026-01-19T23:59:00Z'],
  ]) as [string, string];
  const injector = new Injector(random, likelihood);
  const names = { streams: [`s-${seed}`], queue: `q-${seed}`, claimBucket: `c-${seed}` };
  const bucket = `trail-${seed}`;
  local.reset(injector.faults, names);
  const { s3, queues } = local.account();
  const body = Buffer.from('x');
  const world = createBackfillWorld(random, {
    ...size,
    ...{ bucket, from, until, order: random.pick(ORDERS) },
    put: (key, options) => s3.putObject(bucket, key, body, options),
  });
  const result = {
    ...{ keys: world.keys, wanted: world.wanted.size, copies: 0, kills: 0, faults: 0, duplicates: 0 },
    ...{ waits: 0, superseded: 0, invocations: 0 },
  };
  const collected = { lines: [], enqueued: new Map(), disturbed: new Map() };
  return {
    random,
    local,
    clock,
    world,
    bucket,
    queue: queues.backfill.queue,
    ...collected,
    injector,
    result,
  };
}

function newContainer({ local, lines, random, result }: Walk): Handler {
  const log = (line: LogLine) => lines.push(line);
  const { handler, reports } = local.createHandler(local.account().backfillEnvironment, {
    log,
    random: () => random.int(0, 999) / 1_000,
  });
  reports.push = (...all) => {
    for (const { superseded } of all) result.superseded += superseded;
    return 0;
  };
  return handler;
}

/** Records the objects of a batch as another invocation would, and returns the cursors. Some stay hidden for a time. */
function takeObjects(walk: Walk, batch: ReceivedMessage[]): ReceivedMessage[] {
  const { random, local, queue, enqueued } = walk;
  return batch.filter((message) => {
    const { refs, cursor } = parseNotification(message.body);
    if (cursor) return true;
    if (random.chance(0.1)) return false;
    local.account().sqs.delete(queue, message);
    for (const { key } of refs) enqueued.set(key, (enqueued.get(key) ?? 0) + 1);
    return false;
  });
}

async function invoke(walk: Walk, batch: ReceivedMessage[], handler: Handler): Promise<void> {
  const { random, injector, local, queue, result } = walk;
  const { sqs } = local.account();
  const prefixes = batch.map(({ body }) => parseCursor(JSON.parse(body))?.prefix ?? '');
  const faultsBefore = injector.count;
  // SQS delivers a message to two invocations.
  const isDouble = injector.isOn && random.chance(0.05);
  injector.startInvocation(!isDouble);
  const runs = isDouble ? [batch, batch] : [batch];
  const answers = await Promise.all(
    runs.map((messages) => handler(toEvent(messages), PLENTY_OF_TIME).catch(() => undefined)),
  );
  const [answer] = answers;
  const failed = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  // An acknowledgement can get lost.
  const isForgotten = injector.isOn && random.chance(0.05);
  for (const message of batch) {
    if (injector.isKilled || isForgotten) {
      // An operator moves it back from the dead-letter queue: a new message of the same body.
      if (message.receives < 5) continue;
      sqs.delete(queue, message);
      sqs.send(queue, message.body);
    } else if (!failed.has(message.messageId)) sqs.delete(queue, message);
  }
  if (injector.isKilled) result.kills++;
  if (isDouble || isForgotten) result.duplicates++;
  const extra = Number(injector.isKilled) + Number(isDouble) + Number(isForgotten);
  disturb(walk, prefixes, extra + injector.count - faultsBefore);
}

function disturb({ disturbed }: Walk, prefixes: string[], times: number): void {
  for (const prefix of new Set(prefixes)) disturbed.set(prefix, (disturbed.get(prefix) ?? 0) + times);
}

function check(walk: Walk, { likelihood }: WalkOptions): void {
  const { world, enqueued, disturbed, lines, result, injector } = walk;
  result.faults = injector.count;
  const copies = new Map<string, number>();
  for (const [key, { prefix }] of world.wanted) {
    const times = enqueued.get(key) ?? 0;
    if (times === 0) throw new Error(`skipped ${key}`);
    copies.set(prefix, (copies.get(prefix) ?? 0) + times - 1);
  }
  for (const key of enqueued.keys()) if (!world.wanted.has(key)) throw new Error(`out of range: ${key}`);
  for (const [prefix, more] of copies) {
    result.copies += more;
    const allowed = 1_000 * (disturbed.get(prefix) ?? 0);
    if (more > allowed) throw new Error(`${more} copies below ${prefix}, ${allowed} allowed`);
  }
  const steps = lines.flatMap((line) => ('backfillStep' in line ? [line.backfillStep] : []));
  result.waits = steps.filter(({ state }) => state === 'waiting').length;
  const done = lines.flatMap((line) => ('backfillDone' in line ? [line.backfillDone] : []));
  for (const range of world.ranges) checkEnd(world, range, done, likelihood === 0);
  const named = new Set(
    lines.flatMap((line) => ('backfillArchived' in line ? line.backfillArchived.objects : [])),
  );
  for (const key of world.archived)
    if (likelihood === 0 && !named.has(`s3://${walk.bucket}/${key}`)) throw new Error(`not named: ${key}`);
}

function checkEnd(world: BackfillWorld, range: CursorRange, done: StepLine[], isExact: boolean): void {
  const [last, ...more] = done.filter(({ prefix }) => prefix === range.prefix);
  if (!last) throw new Error(`no end below ${range.prefix}`);
  const wanted = [...world.wanted.values()].filter(({ prefix }) => prefix === range.prefix).length;
  const archived = [...world.archived].filter((key) => key.startsWith(range.prefix)).length;
  const isRight = isExact
    ? last.enqueued === wanted && last.archived === archived && more.length === 0
    : last.enqueued >= wanted && last.archived >= archived;
  if (!isRight || last.listed < last.enqueued + last.archived)
    throw new Error(`sums are wrong: ${JSON.stringify(last)}, expected ${wanted} and ${archived}`);
}

/** Fails requests, and kills invocations before any of their requests, or after the last one. */
class Injector {
  count = 0;
  isKilled = false;
  readonly isOn: boolean;
  readonly #random: Random;
  readonly #likelihood: number;
  #requestsToLive = Number.POSITIVE_INFINITY;

  constructor(random: Random, likelihood: number) {
    this.#random = random;
    this.#likelihood = likelihood;
    this.isOn = likelihood > 0;
  }

  get faults(): AccountFaults {
    return {
      s3: ({ operation }) =>
        this.#draw(() => ({
          kind: this.#random.pick(
            operation === 'ListObjectsV2'
              ? (['slowDown', 'internalError', 'accessDenied', 'refuse'] as const)
              : (['slowDown', 'internalError', 'refuse'] as const),
          ),
        })),
      sqs: () =>
        this.#draw(() => ({
          kind: this.#random.pick([
            'serverError',
            'accessDenied',
            'throttle',
            'resetBefore',
            'resetAfter',
          ] as const),
        })),
    };
  }

  startInvocation(canDie: boolean): void {
    this.isKilled = false;
    const dies = canDie && this.#random.chance(this.#likelihood * 10);
    // About the requests of one step (claim, count, list, ten messages, cursor), or of ten.
    this.#requestsToLive = dies
      ? this.#random.int(0, this.#random.pick([8, 16, 160]))
      : Number.POSITIVE_INFINITY;
  }

  #draw<Fault>(fault: () => Fault): Fault | { kind: 'refuse' } | undefined {
    if (this.#requestsToLive-- <= 0) this.isKilled = true;
    if (this.isKilled) return { kind: 'refuse' };
    if (!this.#random.chance(this.#likelihood)) return undefined;
    this.count++;
    return fault();
  }
}
