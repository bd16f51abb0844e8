import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { StepLine } from '../../../lambda/backfill/log-lines.ts';
import { isObject, memberAt } from '../../../lambda/trigger/json-member.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { explainError } from '../explain-error.ts';

/** Where a cursor was at its last step. */
export interface CursorProgress extends StepLine {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A cursor steps at least every 15 minutes, unless it is paused or its messages fail. */
const RECENT_MS = 6 * 3_600_000;

/** How long a backfill without a date in its name is looked back for: as long as a queue keeps a message. */
const LONGEST_MS = 14 * 86_400_000;

export interface ReadStepsOptions {
  readonly logGroup: string;
  /** `undefined` for all. */
  readonly job: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Reads the last step of each cursor from the function's log. The sums of a line include all steps before.
 *
 * @throws CouldNotTellError
 */
export async function readSteps(options: ReadStepsOptions, stop: AbortSignal): Promise<CursorProgress[]> {
  const { job, nowMs } = options;
  const startMs = startOfJob(job) ?? nowMs - LONGEST_MS;
  const done = await readLines(options, 'backfillDone', startMs, stop);
  const recentMs = Math.max(startMs, nowMs - RECENT_MS);
  const recent = await readLines(options, 'backfillStep', recentMs, stop);
  // After a long pause, the last steps are older.
  const steps = recent.length === 0 ? await readLines(options, 'backfillStep', startMs, stop) : recent;
  return latestOf([...steps, ...done]);
}

/** The name of a job starts with its day, like `2026-11-03-1a2b3c4d`, unless its caller chose another. */
function startOfJob(job: string | undefined): number | undefined {
  const ms = Date.parse(job?.slice(0, 10) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

function latestOf(lines: readonly CursorProgress[]): CursorProgress[] {
  const latest = new Map<string, CursorProgress>();
  for (const line of lines) {
    const id = JSON.stringify([line.job, line.bucket, line.prefix, line.from, line.until, line.order]);
    const other = latest.get(id);
    if (other === undefined || isLater(line, other)) latest.set(id, line);
  }
  return [...latest.values()].sort((a, b) => compare(a.job, b.job) || compare(a.prefix, b.prefix));
}

/** The last step is logged twice, as `backfillStep` and as `backfillDone`, and both are alike. */
function isLater(line: CursorProgress, other: CursorProgress): boolean {
  return line.at > other.at || (line.at === other.at && line.page > other.page);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readLines(
  { logGroup, job }: ReadStepsOptions,
  member: 'backfillStep' | 'backfillDone',
  startTime: number,
  stop: AbortSignal,
): Promise<CursorProgress[]> {
  const logs = new CloudWatchLogsClient(CLIENT_OPTIONS);
  const lines: CursorProgress[] = [];
  // A term in quotes: lines that contain it.
  const input = { logGroupName: logGroup, filterPattern: `"${member}"`, startTime };
  try {
    let nextToken: string | undefined;
    do {
      const page = await logs.send(new FilterLogEventsCommand({ ...input, nextToken }), {
        abortSignal: stop,
      });
      for (const { message = '', timestamp = 0 } of page.events ?? []) {
        const line = parseLine(message, member);
        if (line && (job === undefined || line.job === job)) lines.push({ ...line, at: timestamp });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return lines;
  } catch (error) {
    const call = { name: 'CloudWatch Logs FilterLogEvents', action: 'logs:FilterLogEvents' };
    throw explainError({ ...call, target: `log group ${logGroup}`, regionOf: 'stack' }, error);
  } finally {
    logs.destroy();
  }
}

/** Reads a line of Lambda's JSON format, whose `message` is what the function logged. */
function parseLine(text: string, member: string): StepLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    const step = memberAt(line, 'message', member);
    return isObject(step) && typeof step.prefix === 'string' ? (step as unknown as StepLine) : undefined;
  } catch {
    return undefined;
  }
}
