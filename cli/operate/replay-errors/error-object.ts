import type { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../../../lambda/clock.ts';
import { gunzip } from '../../../lambda/read/gunzip.ts';
import { OpenObject } from '../../../lambda/read/open-object.ts';
import { type ErrorRecord, parseErrorRecord } from './parse-error-record.ts';
import { splitErrorLines } from './split-error-lines.ts';

/** A line that is no undelivered record. Lines count from 1. */
export interface MalformedLine {
  readonly line: number;
  readonly reason: string;
}

/** Records and bytes, by error code. */
export type ErrorCounts = ReadonlyMap<string, { records: number; bytes: number }>;

/** What an object contains. */
export interface ErrorContent {
  readonly counts: ErrorCounts;
  /** The first malformed lines, up to `MAX_NAMED_LINES`. */
  readonly malformed: readonly MalformedLine[];
  readonly malformedLines: number;
}

const MAX_NAMED_LINES = 20;

/** An object below Firehose's error prefix: gzip or plain JSON lines. */
export class ErrorObject {
  readonly #object: OpenObject;

  constructor(s3: S3Client, bucket: string, key: string, stop: AbortSignal) {
    this.#object = new OpenObject(s3, { bucket, key, nextRecord: 0, attempt: 0 }, stop, systemClock);
  }

  /** ETag of what was read. Every later read is of the same bytes, or fails with ObjectReplacedError. */
  get etag(): string | undefined {
    return this.#object.etag;
  }

  /**
   * Reads the object to its end.
   *
   * @throws LogObjectError, ObjectReplacedError or CallError if that is impossible
   */
  async scan(): Promise<ErrorContent> {
    const counts = new Map<string, { records: number; bytes: number }>();
    const malformed: MalformedLine[] = [];
    let malformedLines = 0;
    for await (const { line, record } of this.#lines()) {
      if (typeof record === 'string') {
        if (malformedLines++ < MAX_NAMED_LINES) malformed.push({ line, reason: record });
        continue;
      }
      const count = counts.get(record.errorCode) ?? { records: 0, bytes: 0 };
      count.records++;
      count.bytes += record.data.length;
      counts.set(record.errorCode, count);
    }
    return { counts, malformed, malformedLines };
  }

  /** Yields the records. Throws like `scan`, and an Error for a malformed line. */
  async *records(): AsyncGenerator<ErrorRecord, void, undefined> {
    for await (const { line, record } of this.#lines()) {
      if (typeof record === 'string') throw new Error(`line ${line}: ${record}`);
      yield record;
    }
  }

  async *#lines() {
    for await (const found of splitErrorLines(gunzip(() => this.#object.bytes()))) {
      const record = 'reason' in found ? found.reason : parseErrorRecord(found.json);
      yield { line: found.line, record };
    }
  }
}
