import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { s3Refusal } from './errors.ts';

/** Bytes in memory, or a file that is streamed for each request. */
export type ObjectSource = Buffer | { readonly file: string };

export interface ObjectOptions {
  /** Adds a version with this ID. Without it, the object replaces the key's unversioned object. */
  readonly versionId?: string;
  /**
   * Checksum in the response. `crc32` covers the full object, and the SDK verifies it. `composite` is computed
   * over parts, as for CloudTrail's multipart uploads, and the SDK ignores it.
   * @default `crc32` in memory, `composite` for a file
   */
  readonly checksum?: 'crc32' | 'composite' | 'none';
  /** @default what CloudTrail sets: `application/json` and `gzip` */
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** @default - now */
  readonly lastModified?: Date;
  /** A restored object of an archive class can be read. @default STANDARD */
  readonly storageClass?: string;
  /** When the restored copy expires. @default - not restored */
  readonly restoredUntil?: Date;
  /** Values of the headers `x-amz-meta-…`, by lowercase name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One version of an object. Digests are computed lazily, because most runs need none. */
export class StoredObject {
  readonly source: ObjectSource;
  readonly size: number;
  readonly options: ObjectOptions;
  readonly lastModified: Date;
  #etag: string | undefined;
  #crc32: number | undefined;

  /** @throws the stat error if the file does not exist */
  constructor(source: ObjectSource, options: ObjectOptions) {
    this.source = source;
    this.size = Buffer.isBuffer(source) ? source.length : statSync(source.file).size;
    this.options = options;
    this.lastModified = options.lastModified ?? new Date();
  }

  /** Whether the object has to be restored before it can be read. */
  get isArchived(): boolean {
    const { storageClass = 'STANDARD', restoredUntil } = this.options;
    return ARCHIVES.has(storageClass) && restoredUntil === undefined;
  }

  /** MD5 of the bytes. Files have the eTag of a multipart upload, `…-2`, which is not the MD5 of the content. */
  get etag(): string {
    this.#etag ??= Buffer.isBuffer(this.source)
      ? `"${createHash('md5').update(this.source).digest('hex')}"`
      : `"${createHash('md5').update(`${this.source.file}:${this.size}`).digest('hex')}-2"`;
    return this.#etag;
  }

  /**
   * Returns the headers of https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
   *
   * @param wrong flips bits of the checksum
   */
  checksumHeaders(wrong = false): Record<string, string> {
    const inMemory = Buffer.isBuffer(this.source);
    const kind = this.options.checksum ?? (inMemory ? 'crc32' : 'composite');
    if (kind === 'none') return {};
    if (Buffer.isBuffer(this.source)) this.#crc32 ??= crc32(this.source);
    const value = Buffer.alloc(4);
    value.writeUInt32BE(((this.#crc32 ?? 0) ^ (wrong ? 0xffff : 0)) >>> 0);
    const text = value.toString('base64');
    return kind === 'composite'
      ? { 'x-amz-checksum-crc32': `${text}-2`, 'x-amz-checksum-type': 'COMPOSITE' }
      : { 'x-amz-checksum-crc32': text, 'x-amz-checksum-type': 'FULL_OBJECT' };
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html */
const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** An entry in a key's list of versions; the last is the latest. */
type Version = StoredObject | { readonly deleteMarker: true; readonly options: ObjectOptions };

/** The buckets of one run. */
export class ObjectStore {
  readonly #buckets = new Map<string, Map<string, Version[]>>();
  /** The keys of a bucket in order, from its first list until its next new key. */
  readonly #ordered = new Map<string, { key: string; bytes: Buffer }[]>();

  constructor(buckets: readonly string[]) {
    for (const bucket of buckets) this.#buckets.set(bucket, new Map());
  }

  /** Creates the bucket if it does not exist. Putting a version ID again replaces it and makes it the latest. */
  put(bucket: string, key: string, version: Version): void {
    const keys = this.#buckets.get(bucket) ?? new Map<string, Version[]>();
    this.#buckets.set(bucket, keys);
    if (!keys.has(key)) this.#ordered.delete(bucket);
    const others = (keys.get(key) ?? []).filter(
      ({ options }) => options.versionId !== version.options.versionId,
    );
    keys.set(key, [...others, version]);
  }

  /**
   * Removes the key's object; in a versioned bucket, hides its versions with a delete marker.
   *
   * @throws Refusal NoSuchBucket
   */
  delete(bucket: string, key: string): void {
    const keys = this.#keys(bucket);
    const versions = keys.get(key) ?? [];
    if (versions.at(-1)?.options.versionId === undefined) keys.delete(key);
    else
      keys.set(key, [
        ...versions,
        { deleteMarker: true, options: { versionId: `marker-${versions.length}` } },
      ]);
  }

  /** @throws Refusal NoSuchBucket */
  checkBucket(bucket: string): void {
    this.#keys(bucket);
  }

  /** Returns whether the key's latest version is an object and not a delete marker. */
  has(bucket: string, key: string): boolean {
    return this.#keys(bucket).get(key)?.at(-1) instanceof StoredObject;
  }

  /**
   * @param versionId `undefined` means the latest version, `'null'` the unversioned one
   * @throws Refusal NoSuchBucket, NoSuchKey, NoSuchVersion; MethodNotAllowed for the ID of a delete marker
   * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html)
   */
  find(bucket: string, key: string, versionId: string | undefined): StoredObject {
    const versions = this.#keys(bucket).get(key) ?? [];
    const wanted = versionId === 'null' ? undefined : versionId;
    const version =
      versionId === undefined
        ? versions.at(-1)
        : versions.find(({ options }) => options.versionId === wanted);
    if (version === undefined) throw s3Refusal(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion');
    if (version instanceof StoredObject) return version;
    const headers = {
      'x-amz-delete-marker': 'true',
      'x-amz-version-id': version.options.versionId ?? 'null',
    };
    throw versionId === undefined
      ? s3Refusal('NoSuchKey', headers)
      : s3Refusal('MethodNotAllowed', { ...headers, allow: 'DELETE' });
  }

  /**
   * @returns the keys that have an object, start with the prefix and are greater than `after`, in the order of their
   *   UTF-8 bytes, as in S3
   * @throws Refusal NoSuchBucket
   */
  list(bucket: string, prefix: string, after: string): [string, StoredObject][] {
    const keys = this.#keys(bucket);
    const afterBytes = Buffer.from(after);
    return this.#order(bucket, keys).flatMap(({ key, bytes }): [string, StoredObject][] => {
      if (!key.startsWith(prefix) || Buffer.compare(bytes, afterBytes) <= 0) return [];
      const latest = keys.get(key)?.at(-1);
      return latest instanceof StoredObject ? [[key, latest]] : [];
    });
  }

  #order(bucket: string, keys: Map<string, Version[]>) {
    const ordered =
      this.#ordered.get(bucket) ??
      [...keys.keys()]
        .map((key) => ({ key, bytes: Buffer.from(key) }))
        .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    this.#ordered.set(bucket, ordered);
    return ordered;
  }

  #keys(bucket: string): Map<string, Version[]> {
    const keys = this.#buckets.get(bucket);
    if (keys === undefined) throw s3Refusal('NoSuchBucket');
    return keys;
  }
}
