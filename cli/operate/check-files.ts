import { createHash } from 'node:crypto';
import type { FileState } from '../../digest/findings.ts';
import type { Delivery, PresentObject } from '../../digest/judge-delivery.ts';
import type { LoggedFile } from '../../digest/parse-digest.ts';
import type { BucketReader, ListedObject } from './bucket-reader.ts';
import { mapConcurrently } from './concurrently.ts';
import { GzipError, inflateMember } from './inflate-member.ts';

const FILES_IN_FLIGHT = 8;

interface CheckOptions {
  readonly bucket: string;
  readonly listed: ReadonlyMap<string, ListedObject>;
  readonly isDeep: boolean;
  readonly judge: JudgeDelivery | undefined;
}

export type JudgeDelivery = (object: PresentObject) => Delivery;

/**
 * Compares the log files of digests with the bucket.
 *
 * @param listed objects of `bucket` that are known, by key
 * @param isDeep whether to hash the files
 * @param judge  judges by its receipts whether an object was delivered; `undefined` without receipts
 * @param onFile called after each file with the stored bytes that were read
 * @returns states by `bucket/key`
 */
export async function checkFiles(
  reader: BucketReader,
  files: readonly LoggedFile[],
  { bucket, listed, isDeep, judge }: CheckOptions,
  onFile: (bytes: number) => void,
): Promise<Map<string, FileState>> {
  const states = await mapConcurrently(files, FILES_IN_FLIGHT, async (file) => {
    const counts = { bytes: 0 };
    const known = file.bucket === bucket ? listed.get(file.key) : undefined;
    // Listed instead of asked for, because without more permissions a missing object is forbidden.
    const object = known ?? (await reader.find(file.bucket, file.key));
    const state = object && isDeep ? await hashFile(reader, file, counts) : { state: stateOf(object) };
    onFile(counts.bytes);
    const delivery = object && judge?.({ bucket: file.bucket, ...object });
    return [`${file.bucket}/${file.key}`, { ...state, delivery }] as const;
  });
  return new Map(states);
}

function stateOf(object: ListedObject | undefined): FileState['state'] {
  return object ? 'present' : 'missing';
}

async function hashFile(
  reader: BucketReader,
  { bucket, key, hash }: LoggedFile,
  counts: { bytes: number },
): Promise<FileState> {
  const state = await reader.read(bucket, key, async (open): Promise<FileState> => {
    const sha256 = createHash('sha256');
    try {
      for await (const inflated of inflateMember(counted(open(), counts))) sha256.update(inflated);
    } catch (error) {
      if (error instanceof GzipError) return { state: 'changed', reason: error.message };
      throw error;
    }
    if (sha256.digest('hex') === hash) return { state: 'intact' };
    return { state: 'changed', reason: 'its hash does not match' };
  });
  return state ?? { state: 'missing' };
}

async function* counted(bytes: AsyncIterable<Uint8Array>, counts: { bytes: number }) {
  for await (const chunk of bytes) {
    counts.bytes += chunk.length;
    yield chunk;
  }
}
