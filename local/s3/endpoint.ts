import type { FaultCounts, S3Fault, S3FaultHook } from '../faults.ts';
import { serve } from '../http/serve.ts';
import { answerS3, newRun, type UploadSink } from './calls.ts';
import { type ObjectOptions, type ObjectSource, StoredObject } from './objects.ts';

export interface S3Options {
  /** Buckets that exist from the beginning; `putObject` makes its own. */
  readonly buckets?: readonly string[];
  readonly fault?: S3FaultHook;
  /** Told of every object a client has put. */
  readonly onUpload?: UploadSink;
  /** @default any free port */
  readonly port?: number;
}

export interface S3Endpoint {
  /** For `AWS_ENDPOINT_URL_S3`; with an address for a host the SDK uses path style by itself. */
  readonly url: string;
  /** Signed, parsed requests, whatever came of them. */
  readonly counts: { readonly requests: number };
  readonly faultsExercised: Readonly<FaultCounts<S3Fault>>;
  /** @throws the stat error of a file that is not there */
  putObject(bucket: string, key: string, source: ObjectSource, options?: ObjectOptions): void;
  /** What DELETE leaves in a versioned bucket: the key reads as missing, its versions stay. */
  putDeleteMarker(bucket: string, key: string, versionId: string): void;
  /** Forgets all objects and counts, has these buckets, and obeys `fault` from now on, or no hook at all. */
  reset(fault?: S3FaultHook, buckets?: readonly string[]): void;
  /** Every connection that is open now resets at its next request, as after a freeze. */
  dropConnections(): void;
  /** Closes every connection that is idle now: their clients are gone. */
  closeIdleConnections(): void;
  close(): Promise<void>;
}

/** An S3 of GetObject, HeadObject, PutObject and ListObjectsV2 with the real one's errors. */
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
