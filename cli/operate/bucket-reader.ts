import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type S3Client,
  type _Object as S3Object,
} from '@aws-sdk/client-s3';
import { CallError } from '../../lambda/aws/call-error.ts';
import { systemClock } from '../../lambda/clock.ts';
import { OpenObject } from '../../lambda/read/open-object.ts';
import { explainError } from './explain-error.ts';

const LIST = { name: 'S3 ListObjectsV2', action: 's3:ListBucket' };
const GET = { name: 'S3 GetObject', action: 's3:GetObject' };

/**
 * Storage classes whose objects must be restored before they can be read:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
 */
const ARCHIVE_CLASSES = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** How often a body that breaks off is read from the start. */
const MAX_READS = 3;

/** An object as S3 lists it. */
export interface ListedObject {
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly bytes: number;
  /** When it was written: milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Whether it must be restored before it can be read. */
  readonly isArchived: boolean;
}

/** Lists and reads objects. Errors are one line with the missing permission. */
export class BucketReader {
  readonly #s3: S3Client;
  readonly #stop: AbortSignal;

  constructor(s3: S3Client, stop: AbortSignal) {
    this.#s3 = s3;
    this.#stop = stop;
  }

  /** Yields the objects below a prefix whose keys are greater than `startAfter`, in the order of the keys' UTF-8 bytes. */
  async *objects(
    bucket: string,
    prefix: string,
    startAfter = '',
  ): AsyncGenerator<ListedObject, void, undefined> {
    for await (const { Contents = [] } of this.#pages({
      Bucket: bucket,
      Prefix: prefix,
      StartAfter: startAfter,
      OptionalObjectAttributes: ['RestoreStatus'],
    }))
      yield* Contents.map(toListedObject);
  }

  /** Returns the names of the folders directly below a prefix that ends with a slash. */
  async folders(bucket: string, prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { CommonPrefixes = [] } of this.#pages({
      Bucket: bucket,
      Prefix: prefix,
      Delimiter: '/',
    }))
      for (const { Prefix = '' } of CommonPrefixes) names.push(Prefix.slice(prefix.length, -1));
    return names;
  }

  /** @returns `undefined` if there is no such object */
  async find(bucket: string, key: string): Promise<ListedObject | undefined> {
    const { Contents: [first] = [] } = await this.#list({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
    return first?.Key === key ? toListedObject(first) : undefined;
  }

  /** @returns the stored bytes and the user-defined metadata; `undefined` if there is no such object */
  async get(bucket: string, key: string) {
    try {
      for (let attempt = 1; ; attempt++) {
        const { Body, Metadata = {} } = await this.#get(bucket, key);
        try {
          const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
          return { bytes, metadata: Metadata };
        } catch (error) {
          // The SDK retries only up to the first byte of a body.
          if (attempt === MAX_READS || this.#stop.aborted) throw error;
        }
      }
    } catch (error) {
      return this.#missingOrThrow(bucket, key, error);
    }
  }

  /**
   * Passes the stored bytes to `read`, which may call its argument more than once. Continues a body that breaks off.
   *
   * @returns its result; `undefined` if there is no such object
   */
  async read<Result>(
    bucket: string,
    key: string,
    read: (open: () => AsyncIterable<Uint8Array>) => Promise<Result>,
  ): Promise<Result | undefined> {
    const ref = { bucket, key, nextRecord: 0, attempt: 0 };
    const object = new OpenObject(this.#s3, ref, this.#stop, systemClock);
    try {
      return await read(() => object.bytes());
    } catch (error) {
      return this.#missingOrThrow(bucket, key, error);
    }
  }

  #get(Bucket: string, Key: string): Promise<GetObjectCommandOutput> {
    return this.#s3.send(new GetObjectCommand({ Bucket, Key }), { abortSignal: this.#stop });
  }

  #missingOrThrow(bucket: string, key: string, error: unknown): undefined {
    if (this.#stop.aborted) throw error;
    const code = error instanceof CallError ? error.code : (error as Error).name;
    if (code === 'NoSuchKey') return undefined;
    throw explainError({ ...GET, target: `s3://${bucket}/${key}` }, error);
  }

  async *#pages(input: ListObjectsV2CommandInput) {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#list({ ...input, ContinuationToken });
      yield page;
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async #list(input: ListObjectsV2CommandInput) {
    try {
      return await this.#s3.send(new ListObjectsV2Command(input), { abortSignal: this.#stop });
    } catch (error) {
      throw explainError({ ...LIST, target: `s3://${input.Bucket}` }, error);
    }
  }
}

function toListedObject(listed: S3Object): ListedObject {
  const { Key = '', ETag = '', Size = 0, LastModified, StorageClass = '', RestoreStatus } = listed;
  const isRestored = RestoreStatus?.RestoreExpiryDate !== undefined;
  return {
    ...{ key: Key, etag: ETag.replaceAll('"', ''), bytes: Size, modifiedMs: LastModified?.getTime() ?? 0 },
    isArchived: ARCHIVE_CLASSES.has(StorageClass) && !isRestored,
  };
}
