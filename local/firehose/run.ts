import type { FaultCounts, FirehoseFault, FirehoseFaultHook } from '../faults.ts';

export type RecordSink = (stream: string, data: Buffer) => void;

export interface FirehoseCounts {
  /** Signed, parsed requests, including failed ones. */
  calls: number;
  /** Accepted records, and their bytes before base64. */
  records: number;
  bytes: number;
  /** Bytes with each record rounded up to a multiple of 5,120. */
  billedBytes: number;
  /** Entries of successful calls that were answered with an `ErrorCode`. */
  failedEntries: number;
}

/** State that a reset replaces. A request keeps the run that it started in. */
export interface FirehoseRun {
  /** Accepted records by stream; every existing stream has a list. */
  readonly accepted: Map<string, Buffer[]>;
  readonly counts: FirehoseCounts;
  readonly faultsExercised: FaultCounts<FirehoseFault>;
  readonly fault: FirehoseFaultHook | undefined;
}

export function newRun(streams: readonly string[], fault: FirehoseFaultHook | undefined): FirehoseRun {
  return {
    accepted: new Map(streams.map((stream) => [stream, []])),
    counts: { calls: 0, records: 0, bytes: 0, billedBytes: 0, failedEntries: 0 },
    faultsExercised: {
      partial: 0,
      throttle: 0,
      badRequest: 0,
      tooLarge: 0,
      serverError: 0,
      notFound: 0,
      accessDenied: 0,
      resetBefore: 0,
      resetAfter: 0,
      slow: 0,
      hang: 0,
      answer: 0,
      page: 0,
      refuse: 0,
    },
    fault,
  };
}
