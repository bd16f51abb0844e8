/** Counts of one invocation: what was sent, and what Firehose answered. */
export interface SendCounts {
  calls: number;
  recordsAccepted: number;
  bytesAccepted: number;
  /** Bytes that Firehose bills: each record rounded up. */
  billedBytes: number;
  /** Longest time from `@timestamp` to delivery. */
  lagSeconds: number;
  entriesRetried: number;
  callsRetried: number;
  throttles: number;
}

export function noSends(): SendCounts {
  return {
    calls: 0,
    recordsAccepted: 0,
    bytesAccepted: 0,
    billedBytes: 0,
    lagSeconds: 0,
    entriesRetried: 0,
    callsRetried: 0,
    throttles: 0,
  };
}

/** Adds up the counts of several streams. The lag is the longest of them. */
export function sumSends(all: readonly SendCounts[]): SendCounts {
  const sum = noSends();
  for (const counts of all) {
    const lagSeconds = Math.max(sum.lagSeconds, counts.lagSeconds);
    for (const name of Object.keys(sum) as (keyof SendCounts)[]) sum[name] += counts[name];
    sum.lagSeconds = lagSeconds;
  }
  return sum;
}
