import { addAbortSignal, type Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { noAnswerError, toCallError } from '../aws/call-error.ts';
import { withFreshCredentials } from '../aws/fresh-credentials.ts';
import type { Clock } from '../clock.ts';
import type { LogObjectRef } from '../trigger/log-object-ref.ts';
import { LogObjectError } from './log-object-error.ts';
import { ObjectReplacedError } from './object-replaced-error.ts';

const GET_OBJECT = 'S3 GetObject';

/** How often a body is continued without a new byte before reading fails. */
const MAX_CUTS = 3;

/** S3 responds within a second. A longer silence is reported if time runs out. */
const SILENCE_MS = 5_000;

/**
 * A log object in S3. If a body is cut off, continues it with a Range request, a few times. The SDK retries only up to
 * the first byte of a response. If-Match has the ETag of the reference or of the first response, so a replaced object
 * is an error, never a mixture.
 */
export class OpenObject {
  readonly #s3: S3Client;
  readonly #ref: LogObjectRef;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  #etag: string | undefined;
  #lastError: Error | undefined;
  #lastByteAt: number;
  #storedBytes: number | undefined;

  /** @param signal stops reading, even in the middle of a slow body */
  constructor(s3: S3Client, ref: LogObjectRef, signal: AbortSignal, clock: Clock) {
    this.#s3 = s3;
    this.#ref = ref;
    this.#signal = signal;
    this.#clock = clock;
    this.#etag = ref.etag;
    this.#lastByteAt = clock.now();
  }

  /** ETag of the object being read; `undefined` before S3 has responded. */
  get etag(): string | undefined {
    return this.#etag;
  }

  /** Length of the stored object; `undefined` before S3 has responded. */
  get storedBytes(): number | undefined {
    return this.#storedBytes;
  }

  /** S3's error when `signal` stopped the read; `undefined` if S3 was responding. */
  get outage(): Error | undefined {
    const silentMs = this.#clock.now() - this.#lastByteAt;
    return this.#lastError ?? (silentMs > SILENCE_MS ? noAnswerError(GET_OBJECT, silentMs) : undefined);
  }

  /**
   * Reads the stored bytes from the start.
   *
   * @throws LogObjectError `corrupted-in-transit` if S3's checksum does not match; ObjectReplacedError; CallError for
   *   an error of S3 (NoSuchKey, AccessDenied, SlowDown after the SDK's own retries, …)
   */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    for (let cuts = 0; ; cuts++) {
      const { Body, ContentLength } = await this.#get(at);
      if (at === 0) this.#storedBytes = ContentLength;
      const totalBytes = this.#storedBytes ?? Number.POSITIVE_INFINITY;
      const from = at;
      try {
        for await (const chunk of addAbortSignal(this.#signal, Body as Readable)) {
          at += chunk.length;
          this.#lastByteAt = this.#clock.now();
          yield chunk as Uint8Array;
          this.#lastByteAt = this.#clock.now();
        }
        if (at < totalBytes && totalBytes !== Number.POSITIVE_INFINITY)
          throw new Error('the body is shorter than Content-Length');
        return;
      } catch (error) {
        if (at > from) cuts = 0;
        if (this.#signal.aborted) throw this.#signal.reason;
        // The SDK verifies the checksum at the end, sometimes before emitting the last bytes. Continuing would not
        // help, because a Range response has no checksum.
        if (at >= totalBytes || isChecksumMismatch(error)) {
          throw new LogObjectError('corrupted-in-transit', at, "the body does not match S3's checksum");
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

/** Matches the SDK's message, because the error has neither a name nor a code. */
function isChecksumMismatch(error: unknown): boolean {
  return error instanceof Error && /checksum mismatch/i.test(error.message);
}
