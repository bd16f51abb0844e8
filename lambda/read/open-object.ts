import { addAbortSignal, type Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { noAnswerError, toCallError } from '../aws/call-error.ts';
import { withFreshCredentials } from '../aws/fresh-credentials.ts';
import type { Clock } from '../clock.ts';
import type { LogObjectRef } from '../trigger/log-object-ref.ts';
import { LogObjectError } from './log-object-error.ts';
import { ObjectReplacedError } from './object-replaced-error.ts';

const GET_OBJECT = 'S3 GetObject';

/** Times that a cut body is continued without one byte in between. */
const MAX_CUTS = 3;

/** S3 answers within a second; what is silent for longer when time runs out is reported. */
const SILENCE_MS = 5_000;

/**
 * A log object in S3. A body that is cut off is continued from there (a Range), a few times; the SDK itself only
 * retries up to the response's first byte. Every GET after the first names its ETag, and so does the first if the
 * reference has one: a replaced object is an error, never a mixture.
 */
export class OpenObject {
  readonly #s3: S3Client;
  readonly #ref: LogObjectRef;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  #etag: string | undefined;
  #lastError: Error | undefined;
  #lastByteAt: number;

  /** @param signal ends the reading, even in the middle of a slow body */
  constructor(s3: S3Client, ref: LogObjectRef, signal: AbortSignal, clock: Clock) {
    this.#s3 = s3;
    this.#ref = ref;
    this.#signal = signal;
    this.#clock = clock;
    this.#etag = ref.etag;
    this.#lastByteAt = clock.now();
  }

  /** Of the object that is read; `undefined` before S3 has answered. */
  get etag(): string | undefined {
    return this.#etag;
  }

  /** What S3 did wrong when the reading was ended by `signal`; `undefined` if it was at work. */
  get outage(): Error | undefined {
    const silentMs = this.#clock.now() - this.#lastByteAt;
    return this.#lastError ?? (silentMs > SILENCE_MS ? noAnswerError(GET_OBJECT, silentMs) : undefined);
  }

  /**
   * Opens the stored bytes from their first.
   *
   * @throws LogObjectError `corrupted-in-transit` if S3's checksum does not match; ObjectReplacedError; CallError for
   *   whatever S3 answers (NoSuchKey, AccessDenied, SlowDown after the SDK's own retries, …)
   */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    let totalBytes = Number.POSITIVE_INFINITY;
    for (let cuts = 0; ; cuts++) {
      const { Body, ContentLength } = await this.#get(at);
      if (at === 0) totalBytes = ContentLength ?? totalBytes;
      const from = at;
      try {
        for await (const chunk of addAbortSignal(this.#signal, Body as Readable)) {
          at += chunk.length;
          this.#lastByteAt = this.#clock.now();
          yield chunk as Uint8Array;
          this.#lastByteAt = this.#clock.now();
        }
        if (at < totalBytes && totalBytes !== Number.POSITIVE_INFINITY)
          throw new Error('the body ends before its length');
        return;
      } catch (error) {
        if (at > from) cuts = 0;
        if (this.#signal.aborted) throw this.#signal.reason;
        // A checksum that does not match is found at the end, sometimes before the last bytes are emitted. Continuing
        // from there would cure nothing, and a Range has no checksum of its own.
        if (at >= totalBytes || isChecksumMismatch(error)) {
          throw new LogObjectError('corrupted-in-transit', at, 'the checksum that S3 sent does not fit');
        }
        this.#lastError = toCallError(GET_OBJECT, error);
        if (cuts >= MAX_CUTS) throw this.#lastError;
      }
    }
  }

  async #get(at: number): Promise<GetObjectCommandOutput> {
    const { bucket, key, versionId } = this.#ref;
    const range = at > 0 ? { Range: `bytes=${at}-` } : {};
    const input = { Bucket: bucket, Key: key, VersionId: versionId, IfMatch: this.#etag, ...range };
    try {
      const output = await withFreshCredentials(this.#s3, () =>
        this.#s3.send(new GetObjectCommand(input), { abortSignal: this.#signal }),
      );
      this.#lastByteAt = this.#clock.now();
      if (this.#etag !== undefined && output.ETag !== undefined && output.ETag !== this.#etag) {
        (output.Body as Readable).destroy();
        throw new ObjectReplacedError();
      }
      this.#etag ??= output.ETag;
      return output;
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (error instanceof ObjectReplacedError || isPreconditionFailed(error))
        throw new ObjectReplacedError();
      this.#lastError = toCallError(GET_OBJECT, error);
      throw this.#lastError;
    }
  }
}

function isPreconditionFailed(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 412;
}

/** By the SDK's own words: the error has neither a name nor a code. */
function isChecksumMismatch(error: unknown): boolean {
  return error instanceof Error && /checksum mismatch/i.test(error.message);
}
