import { createSigningKey, HOUR_MS } from '../../samples/signed-trail.ts';
import { formatCount, formatNumber } from '../format.ts';
import { createHistory, type History } from './history.ts';
import { type DemoPipeline, RECEIPTS, startPipeline, TRAIL_BUCKET } from './pipeline.ts';
import { type Finished, runCommand } from './run-command.ts';

const DAY_MS = 24 * HOUR_MS;

/**
 * Plants three gaps in a local account and mends them with the program's own commands. Sets the exit status: 0 if
 * everything that was planted was found, nothing else was, and every record was delivered in the end; otherwise 1.
 *
 * @param now milliseconds since 1970
 */
export async function runDemo(stop: AbortSignal, now: () => number = Date.now): Promise<void> {
  const startMs = Math.floor(now() / DAY_MS) * DAY_MS - 2 * DAY_MS;
  const signer = createSigningKey();
  const history = createHistory(startMs, TRAIL_BUCKET, signer);
  const pipeline = await startPipeline(history, signer, startMs);
  try {
    const problems = await new Demo(history, pipeline, startMs, stop).run();
    conclude(problems);
  } finally {
    await pipeline.close();
  }
}

class Demo {
  readonly #history: History;
  readonly #pipeline: DemoPipeline;
  readonly #days: readonly [first: string, second: string, end: string];
  readonly #stop: AbortSignal;
  readonly #problems: string[] = [];

  constructor(history: History, pipeline: DemoPipeline, startMs: number, stop: AbortSignal) {
    this.#history = history;
    this.#pipeline = pipeline;
    const day = (n: number) => new Date(startMs + n * DAY_MS).toISOString().slice(0, 10);
    this.#days = [day(0), day(1), day(2)];
    this.#stop = stop;
  }

  /** @returns what did not go as planned */
  async run(): Promise<string[]> {
    const { early, late, unnotified, denied } = this.#history;
    this.#introduce();
    this.#pipeline.notify(late.filter((key) => !unnotified.includes(key)));
    await this.#pipeline.work(this.#stop);

    this.#expectStatus(await this.#status(), 1, 'status');
    this.#expectGaps(await this.#verify(0), [...early, ...unnotified, denied]);

    this.#say('The permission is given back, and the dead letter replayed.');
    this.#pipeline.allowAll();
    await this.#replayDeadLetters();
    this.#say('The second day again, this time putting what is missing on the work queue.');
    this.#expectGaps(await this.#verify(1, '--enqueue', '--yes'), unnotified);
    await this.#pipeline.work(this.#stop);
    this.#say('And the day before the pipeline was deployed.');
    await this.#backfill();

    this.#expectStatus(await this.#status(), 0, 'status');
    this.#expectGaps(await this.#verify(0, '--deep'), []);
    this.#expectRecords();
    return this.#problems;
  }

  #introduce(): void {
    const { objects, digests, records, early, late, unnotified } = this.#history;
    const files = formatCount(objects.size - digests, 'log file');
    this.#say(
      `Two days of two accounts in two Regions: ${files} with ${formatCount(records, 'record')}, and ${formatCount(digests, 'signed digest')}.`,
    );
    this.#say(
      [
        'The pipeline was deployed before the second day. Three gaps are planted:',
        `  1. the ${early.length} log files of the first day were never announced to it`,
        `  2. of the ${late.length} of the second day, ${unnotified.length} notifications were lost`,
        '  3. one more was forbidden, and its message is in the dead-letter queue',
      ].join('\n'),
    );
  }

  #status(): Promise<Finished> {
    const { queues, backfillQueue } = this.#pipeline;
    return this.#command(
      ['status'],
      ['--work-queue', queues.live, '--dead-letter-queue', queues.dead, '--backfill-queue', backfillQueue],
    );
  }

  /** @param firstDay 0 or 1 */
  #verify(firstDay: 0 | 1, ...options: string[]): Promise<Finished> {
    const range = ['--from', this.#days[firstDay], '--to', this.#days[2]];
    const named = [
      '--bucket',
      TRAIL_BUCKET,
      '--receipts',
      RECEIPTS,
      '--work-queue',
      this.#pipeline.queues.live,
    ];
    return this.#command(['verify', ...range, ...options], named);
  }

  async #replayDeadLetters(): Promise<void> {
    const { live, dead } = this.#pipeline.queues;
    const named = ['--work-queue', live, '--dead-letter-queue', dead];
    this.#expectStatus(await this.#command(['replay', 'dlq', '--yes'], named), 0, 'replay dlq');
    await this.#pipeline.work(this.#stop);
  }

  async #backfill(): Promise<void> {
    const range = ['--from', this.#days[0], '--to', this.#days[1]];
    const named = ['--bucket', TRAIL_BUCKET, '--queue', this.#pipeline.backfillQueue];
    this.#expectStatus(await this.#command(['backfill', ...range, '--yes'], named), 0, 'backfill');
    await this.#pipeline.work(this.#stop);
  }

  #command(shown: string[], others: string[]): Promise<Finished> {
    return runCommand(shown, others, this.#pipeline.environment, this.#stop);
  }

  #say(text: string): void {
    console.log(`\n${text}`);
  }

  #expectStatus({ status }: Finished, expected: number, command: string): void {
    if (status !== expected)
      this.#problems.push(`${command} ended with status ${status} instead of ${expected}`);
  }

  /** Compares the faults that `verify` printed with the keys that it should name. */
  #expectGaps(finished: Finished, expected: readonly string[]): void {
    this.#expectStatus(finished, expected.length > 0 ? 1 : 0, 'verify');
    const named = [...finished.stdout.matchAll(/^ {2}incomplete +(\S+): /gm)].map(([, key = '']) => key);
    const missed = expected.filter((key) => !named.includes(key));
    const extra = named.filter((key) => !expected.includes(key));
    if (missed.length > 0)
      this.#problems.push(`verify missed ${formatCount(missed.length, 'gap')}: ${missed[0]}, …`);
    if (extra.length > 0)
      this.#problems.push(`verify named ${formatCount(extra.length, 'sound object')}: ${extra[0]}`);
    const other = /^ {2}(unsigned object|no digest|broken chain|bad signature|not validated) /m.exec(
      finished.stdout,
    );
    if (other) this.#problems.push(`verify found a fault that was not planted: ${other[1]}`);
  }

  #expectRecords(): void {
    const { records } = this.#history;
    const { copies } = this.#pipeline;
    const repeated = [...copies.values()].filter((count) => count > 1).length;
    if (copies.size !== records) this.#problems.push(`${copies.size} of ${records} records were delivered`);
    console.log(
      `\n${formatCount(copies.size, 'record')} of ${formatNumber(records)} delivered, ${repeated} of them more than once`,
    );
  }
}

function conclude(problems: readonly string[]): void {
  for (const problem of problems) console.error(`✖ ${problem}`);
  if (problems.length === 0) console.error('✔ all three gaps were found and mended');
  process.exitCode = problems.length > 0 ? 1 : 0;
}
