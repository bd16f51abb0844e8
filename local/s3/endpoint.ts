import type { FaultCounts, S3Fault, S3FaultHook } from '../faults.ts';
import { serve } from '../http/serve.ts';
import { answerS3, newRun, type UploadSink } from './calls.ts';
import { type ObjectOptions, type ObjectSource, StoredObject } from './objects.ts';

export interface S3Options {
  /** Buckets that exist at the start; `putObject` creates others. */
  readonly buckets?: readonly string[];
  readonly fault?: S3FaultHook;
  /** Called after each object that a client uploads. */
  readonly onUpload?: UploadSink;
  /** @default any free port */
  readonly port?: number;
}

export interface S3Endpoint {
  /** For `AWS_ENDPOINT_URL_S3`. For a host that is an IP address, the SDK uses path style automatically. */
  readonly url: string;
  /** Signed, parsed requests, including failed ones. */
  readonly counts: { readonly requests: number; readonly sentBytes: number };
  readonly faultsExercised: Readonly<FaultCounts<S3Fault>>;
  /** @throws the stat error if the file does not exist */
  putObject(bucket: string, key: string, source: ObjectSource, options?: ObjectOptions): void;
  /** Puts a delete marker, as DELETE does in a versioned bucket: the key reads as missing, its versions remain. */
  putDeleteMarker(bucket: string, key: string, versionId: string): void;
  /** Removes all objects and counts, and replaces the buckets and the fault hook. */
  reset(fault?: S3FaultHook, buckets?: readonly string[]): void;
  /** Resets each open connection at its next request, as after a freeze. */
  dropConnections(): void;
  /** Closes all idle connections. */
  closeIdleConnections(): void;
  close(): Promise<void>;
}

/** Starts an S3 with reads, PutObject, CopyObject, DeleteObject, both lists and GetBucketLocation, and the service's errors. */
export async function startS3(options: S3Options = {}): Promise<S3Endpoint> {
  let run = newRun(options.buckets ?? [], options.fault);
  const server = await serve(
    (request, response) => answerS3(run, options.onUpload, request, response),
    options.port,
  );
  return {
    url: server.url,
    get counts() {
      return run.counts;
    },
    get faultsExercised() {
      return run.faultsExercised;
    },
    putObject(bucket, key, source, objectOptions = {}) {
      run.store.put(bucket, key, new StoredObject(source, { contentEncoding: 'gzip', ...objectOptions }));
    },
    putDeleteMarker(bucket, key, versionId) {
      run.store.put(bucket, key, { deleteMarker: true, options: { versionId } });
    },
    reset(fault, buckets = options.buckets ?? []) {
      run = newRun(buckets, fault);
    },
    dropConnections: () => server.dropConnections(),
    closeIdleConnections: () => server.closeIdleConnections(),
    close: () => server.close(),
  };
}
