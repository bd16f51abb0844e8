import type { FaultCounts, FirehoseFault, FirehoseFaultHook } from '../faults.ts';

export type RecordSink = (stream: string, data: Buffer) => void;

export interface FirehoseCounts {
  /** Signed, parsed requests, whatever came of them. */
  calls: number;
  /** Records taken, and their bytes before base64. */
  records: number;
  bytes: number;
  /** The same bytes with each record rounded up to 5,120. */
  billedBytes: number;
  /** Entries of otherwise good calls answered with an `ErrorCode`. */
  failedEntries: number;
}

/** Everything a reset throws away. A request holds on to the run it began in. */
export interface FirehoseRun {
  /** By stream; a stream that exists has a list. */
  readonly taken: Map<string, Buffer[]>;
  readonly counts: FirehoseCounts;
  readonly faultsExercised: FaultCounts<FirehoseFault>;
  readonly fault: FirehoseFaultHook | undefined;
}

export function newRun(streams: readonly string[], fault: FirehoseFaultHook | undefined): FirehoseRun {
  return {
    taken: new Map(streams.map((stream) => [stream, []])),
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
