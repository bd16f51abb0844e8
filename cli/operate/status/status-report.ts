import type { Finding } from '../finding.ts';

/** A queue now. */
export interface QueueState {
  readonly name: string;
  readonly isDeadLetters: boolean;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Age of the oldest message, by CloudWatch; `undefined` if it has no value. */
  readonly oldestSeconds: number | undefined;
}

/** Dead letters of one kind or error. */
export interface DeadLetterCount {
  readonly reason: string;
  readonly messages: number;
}

/** What the stack's alarms say. */
export interface AlarmStates {
  readonly total: number;
  /** Names of those in the state ALARM. */
  readonly on: readonly string[];
  readonly withoutData: number;
}

/** Metrics of the last 15 minutes; `undefined` without a value. */
export interface DeliveryMetrics {
  readonly lagSeconds: number | undefined;
  readonly oldestUnfinishedSeconds: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly quotaBytesPerSecond: number;
  readonly throttledRecords: number | undefined;
}

/** The newest digest of the stack's Region. */
export interface LastDigest {
  /** End of its hour: milliseconds since 1970; `undefined` for none in the last two days. */
  readonly endMs: number | undefined;
}

/** One look at a pipeline. A part that could not be read is missing, and in `unknown`. */
export interface StatusReport {
  /** `undefined` for queues that were named. */
  readonly stack: string | undefined;
  readonly region: string;
  readonly atMs: number;
  readonly queues: readonly QueueState[];
  readonly deadLetters: readonly DeadLetterCount[];
  readonly alarms: AlarmStates | undefined;
  readonly delivery: DeliveryMetrics | undefined;
  readonly digest: LastDigest | undefined;
  /** State of the event source mapping of a backfill; `undefined` without one. */
  readonly backfill: string | undefined;
  readonly unknown: readonly Finding[];
}

/** Names what is wrong: alarms that are on, and dead letters. */
export function problemsOf({ alarms, queues }: StatusReport): string[] {
  const on = alarms?.on.length ?? 0;
  const letters = queues.reduce(
    (sum, { isDeadLetters, visible, inFlight, delayed }) =>
      sum + (isDeadLetters ? visible + inFlight + delayed : 0),
    0,
  );
  return [
    ...(on > 0 ? [`${on} ${on === 1 ? 'alarm' : 'alarms'} on`] : []),
    ...(letters > 0 ? [`${letters} ${letters === 1 ? 'dead letter' : 'dead letters'}`] : []),
  ];
}

/** @returns the exit status: 1 if something is wrong, 2 if a part could not be read */
export function statusOf(report: StatusReport): 0 | 1 | 2 {
  if (problemsOf(report).length > 0) return 1;
  return report.unknown.length > 0 ? 2 : 0;
}
