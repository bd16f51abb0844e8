/**
 * Returns the stream for a log object: always the same one, in every invocation that continues or repeats the object.
 *
 * Hashes the key only. The 16 random characters in the name of a log object spread the objects, the bucket is the same
 * for all, and versions of one key belong together. A changed number of streams moves most objects, which is harmless:
 * each record is still delivered to one of them.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html#cloudtrail-log-filename-format
 *
 * @param names at least one stream
 */
export function chooseStream(names: readonly string[], { key }: { key: string }): string {
  // The upper bits: the lowest bit of an FNV hash is only the parity of the lowest bits of all bytes.
  const place = Math.floor((hash(Buffer.from(key)) / 2 ** 32) * names.length);
  return names[place] as string;
}

/** Groups log objects by their stream. Keeps their order. */
export function groupByStream<T extends { key: string }>(
  names: readonly string[],
  objects: readonly T[],
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const object of objects) {
    const stream = chooseStream(names, object);
    const group = groups.get(stream);
    if (group) group.push(object);
    else groups.set(stream, [object]);
  }
  return groups;
}

/** FNV-1a with 32 bits: https://www.rfc-editor.org/rfc/rfc9923#section-2.2 */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
