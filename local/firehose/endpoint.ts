import type { FaultCounts, FirehoseFault, FirehoseFaultHook } from '../faults.ts';
import { answerAwsJson } from '../http/aws-json.ts';
import { serve } from '../http/serve.ts';
import { callFirehose } from './calls.ts';
import { type FirehoseCounts, newRun, type RecordSink } from './run.ts';

export interface FirehoseOptions {
  /** Delivery streams that exist; any other is a ResourceNotFoundException. */
  readonly streams: readonly string[];
  readonly fault?: FirehoseFaultHook;
  /** Told of every record at the moment it is taken. */
  readonly onRecord?: RecordSink;
  /** Whether `records()` is filled. @default true */
  readonly keepRecords?: boolean;
  /** @default any free port */
  readonly port?: number;
}

export interface FirehoseEndpoint {
  /** For `AWS_ENDPOINT_URL_FIREHOSE`. */
  readonly url: string;
  readonly counts: Readonly<FirehoseCounts>;
  readonly faultsExercised: Readonly<FaultCounts<FirehoseFault>>;
  /** The records taken, in the order in which they were taken. */
  records(stream: string): readonly Buffer[];
  /**
   * Forgets everything and obeys `fault` from now on, or no hook at all. Requests of before the reset that
   * are still under way are answered, but leave no trace.
   */
  reset(fault?: FirehoseFaultHook, streams?: readonly string[]): void;
  /** Every connection that is open now resets at its next request, as after a freeze. */
  dropConnections(): void;
  /** Closes every connection that is idle now: their clients are gone. */
  closeIdleConnections(): void;
  close(): Promise<void>;
}

// 4 MiB in base64 and the JSON around 500 records make less than 6 MiB. A longer body than this is cut off
// with a 413 by the front of the service; where exactly the real one does is not documented.
const protocol = {
  scope: 'firehose',
  target: 'Firehose_20150804',
  version: '1.1',
  maxBodyBytes: 8 * 1024 * 1024,
} as const;

/** A Firehose with the real one's limits and answers, and a list or a callback in place of delivery. */
export async function startFirehose(options: FirehoseOptions): Promise<FirehoseEndpoint> {
  const sink: RecordSink = (stream, data) => {
    if (options.keepRecords ?? true) run.taken.get(stream)?.push(data);
    options.onRecord?.(stream, data);
  };
  let run = newRun(options.streams, options.fault);
  const server = await serve((request, response) => {
    const begun = run;
    const take: RecordSink = (stream, data) => {
      if (begun === run) sink(stream, data);
    };
    return answerAwsJson(
      protocol,
      (name, input) => callFirehose(begun, take, name, input),
      request,
      response,
    );
  }, options.port);
  return {
    url: server.url,
    get counts() {
      return run.counts;
    },
    get faultsExercised() {
      return run.faultsExercised;
    },
    records: (stream) => run.taken.get(stream) ?? [],
    reset(fault, streams = options.streams) {
      run = newRun(streams, fault);
    },
    dropConnections: () => server.dropConnections(),
    closeIdleConnections: () => server.closeIdleConnections(),
    close: () => server.close(),
  };
}
