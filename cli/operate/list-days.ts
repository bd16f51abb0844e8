import type { Span } from '../../digest/spans.ts';
import type { BucketReader } from './bucket-reader.ts';

/**
 * Lists the keys in the day folders of a span, `2026/11/03/`.
 *
 * @param folder up to the region, with a trailing slash
 */
export async function listDays(
  reader: BucketReader,
  bucket: string,
  folder: string,
  { startMs, endMs }: Span,
): Promise<string[]> {
  const keys: string[] = [];
  const last = `${folder}${dayOf(endMs)}`;
  for await (const key of reader.keys(bucket, folder, `${folder}${dayOf(startMs)}`)) {
    if (key > last && !key.startsWith(`${last}/`)) break;
    keys.push(key);
  }
  return keys;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');
}
