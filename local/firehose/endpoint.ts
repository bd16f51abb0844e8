import type { FaultCounts, FirehoseFault, FirehoseFaultHook } from '../faults.ts';
import { answerAwsJson } from '../http/aws-json.ts';
import { serve } from '../http/serve.ts';
import { callFirehose } from './calls.ts';
import { type FirehoseCounts, newRun, type RecordSink } from './run.ts';

export interface FirehoseOptions {
  /** Existing delivery streams; any other name gets a ResourceNotFoundException. */
  readonly streams: readonly string[];
  readonly fault?: FirehoseFaultHook;
  /** Called with each accepted record. */
  readonly onRecord?: RecordSink;
  /** Whether to keep records for `records()`. @default true */
  readonly keepRecords?: boolean;
  /** @default any free port */
  readonly port?: number;
}

export interface FirehoseEndpoint {
  /** For `AWS_ENDPOINT_URL_FIREHOSE`. */
  readonly url: string;
  readonly counts: Readonly<FirehoseCounts>;
  readonly faultsExercised: Readonly<FaultCounts<FirehoseFault>>;
  /** The accepted records, in order of acceptance. */
  records(stream: string): readonly Buffer[];
  /**
   * Removes all records and counts, and replaces the fault hook. Requests in flight are still answered, but
   * are not recorded.
   */
  reset(fault?: FirehoseFaultHook, streams?: readonly string[]): void;
  /** Resets each open connection at its next request, as after a freeze. */
  dropConnections(): void;
  /** Closes all idle connections. */
  closeIdleConnections(): void;
  close(): Promise<void>;
}

// 4 MiB in base64 plus the JSON of 500 records is less than 6 MiB. The service's front end answers longer
// bodies with a 413; its exact limit is not documented.
const protocol = {
  scope: 'firehose',
  target: 'Firehose_20150804',
  version: '1.1',
  maxBodyBytes: 8 * 1024 * 1024,
} as const;

/** Starts a Firehose with the service's limits and answers, and a list or callback instead of delivery. */
export async function startFirehose(options: FirehoseOptions): Promise<FirehoseEndpoint> {
  const sink: RecordSink = (stream, data) => {
    if (options.keepRecords ?? true) run.accepted.get(stream)?.push(data);
    options.onRecord?.(stream, data);
  };
  let run = newRun(options.streams, options.fault);
  const server = await serve((request, response) => {
    const startedIn = run;
    const accept: RecordSink = (stream, data) => {
      if (startedIn === run) sink(stream, data);
    };
    return answerAwsJson(
      protocol,
      (name, input) => callFirehose(startedIn, accept, name, input),
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
    records: (stream) => run.accepted.get(stream) ?? [],
    reset(fault, streams = options.streams) {
      run = newRun(streams, fault);
    },
    dropConnections: () => server.dropConnections(),
    closeIdleConnections: () => server.closeIdleConnections(),
    close: () => server.close(),
  };
}
