import { type CheckedDigest, checkDigest, type StoredDigest } from '../../digest/check-digest.ts';
import { type DigestKey, parseDigestKey } from '../../digest/digest-key.ts';
import type { Span } from '../../digest/spans.ts';
import type { BucketReader } from './bucket-reader.ts';
import { mapConcurrently } from './concurrently.ts';
import { DIGEST_KIND } from './find-regions.ts';
import { GzipError, inflateMember } from './inflate-member.ts';
import { listDays } from './list-days.ts';
import type { FindKey } from './public-keys.ts';

const HOUR_MS = 3_600_000;

/** The digests right before and after the range may list its first and last files. */
const BEFORE_MS = HOUR_MS;
const AFTER_MS = 2 * HOUR_MS;

const READS_IN_FLIGHT = 8;

/** A digest of 400,000 log files. A larger one is not inflated. */
const MAX_INFLATED_BYTES = 256 * 1024 * 1024;

export interface DigestFolder {
  readonly bucket: string;
  readonly root: string;
  readonly account: string;
  readonly region: string;
}

/**
 * Reads and checks the digests of an account and region.
 *
 * @param onRead called with the stored bytes of each digest
 * @returns the digests, and the time after which all of them are included
 */
export async function readDigests(
  reader: BucketReader,
  { bucket, root, account, region }: DigestFolder,
  range: Span,
  findKey: FindKey,
  onRead: (bytes: number) => void,
): Promise<{ digests: CheckedDigest[]; listedMs: number }> {
  const listed = { startMs: range.startMs - BEFORE_MS, endMs: range.endMs + AFTER_MS };
  const folder = `${root}${account}/${DIGEST_KIND}/${region}/`;
  const places = (await listDays(reader, bucket, folder, listed)).flatMap(({ key }) => {
    const place = parseDigestKey(key);
    return place && place.endMs > listed.startMs && place.endMs <= listed.endMs ? [{ key, place }] : [];
  });
  const digests = await mapConcurrently(places, READS_IN_FLIGHT, async ({ key, place }) => {
    const stored = await readDigest(reader, bucket, key, place, onRead);
    if (!stored) return undefined;
    const signedMs = stored.generatedMs ?? place.endMs;
    return checkDigest(stored, (fingerprint) => findKey(region, fingerprint, signedMs));
  });
  // A digest that was deleted after it was listed is missing.
  return { digests: digests.filter((digest) => digest !== undefined), listedMs: listed.startMs };
}

async function readDigest(
  reader: BucketReader,
  bucket: string,
  key: string,
  place: DigestKey,
  onRead: (bytes: number) => void,
): Promise<(StoredDigest & { generatedMs?: number }) | undefined> {
  const object = await reader.get(bucket, key);
  if (!object) return undefined;
  onRead(object.bytes.length);
  // A backfill digest is signed later, maybe with a later key.
  const generatedMs = Date.parse(object.metadata['backfill-generation-timestamp'] ?? '');
  return {
    bucket,
    key,
    place,
    content: await inflateDigest(object.bytes),
    signature: object.metadata.signature,
    ...(!Number.isNaN(generatedMs) && { generatedMs }),
  };
}

async function inflateDigest(bytes: Uint8Array): Promise<StoredDigest['content']> {
  const chunks: Uint8Array[] = [];
  let inflatedBytes = 0;
  try {
    for await (const chunk of inflateMember(only(bytes))) {
      inflatedBytes += chunk.length;
      if (inflatedBytes > MAX_INFLATED_BYTES)
        return { error: `inflates to more than ${MAX_INFLATED_BYTES} bytes` };
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof GzipError) return { error: error.message };
    throw error;
  }
  return { inflated: Buffer.concat(chunks) };
}

async function* only(bytes: Uint8Array) {
  yield bytes;
}
