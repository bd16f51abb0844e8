import { createHash } from 'node:crypto';
import type { FileState } from '../../digest/findings.ts';
import type { LoggedFile } from '../../digest/parse-digest.ts';
import type { BucketReader } from './bucket-reader.ts';
import { mapConcurrently } from './concurrently.ts';
import { GzipError, inflateMember } from './inflate-member.ts';

const FILES_IN_FLIGHT = 8;

/**
 * Compares the log files of digests with the bucket.
 *
 * @param listed keys that are known to exist in `bucket`
 * @param isDeep whether to hash the files
 * @param onFile called after each file with the stored bytes that were read
 * @returns states by `bucket/key`
 */
export async function checkFiles(
  reader: BucketReader,
  files: readonly LoggedFile[],
  { bucket, listed, isDeep }: { bucket: string; listed: ReadonlySet<string>; isDeep: boolean },
  onFile: (bytes: number) => void,
): Promise<Map<string, FileState>> {
  const states = await mapConcurrently(files, FILES_IN_FLIGHT, async (file) => {
    const counts = { bytes: 0 };
    const isListed = file.bucket === bucket && listed.has(file.key);
    const state = isDeep ? await hashFile(reader, file, counts) : await findFile(reader, file, isListed);
    onFile(counts.bytes);
    return [`${file.bucket}/${file.key}`, state] as const;
  });
  return new Map(states);
}

async function findFile(
  reader: BucketReader,
  { bucket, key }: LoggedFile,
  isListed: boolean,
): Promise<FileState> {
  return { state: isListed || (await reader.exists(bucket, key)) ? 'present' : 'missing' };
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
