import type { Span } from '../../digest/spans.ts';
import type { BucketReader, ListedObject } from './bucket-reader.ts';

/**
 * Lists the objects in the day folders of a span, `2026/11/03/`.
 *
 * @param folder up to the region, with a trailing slash
 */
export async function listDays(
  reader: BucketReader,
  bucket: string,
  folder: string,
  { startMs, endMs }: Span,
): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  const last = `${folder}${dayOf(endMs)}`;
  for await (const object of reader.objects(bucket, folder, `${folder}${dayOf(startMs)}`)) {
    if (object.key > last && !object.key.startsWith(`${last}/`)) break;
    objects.push(object);
  }
  return objects;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');
}
