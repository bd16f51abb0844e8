import { boundaryOf, COMMA_BETWEEN } from '../../lambda/read/guess-record.ts';

/**
 * Guesses how many complete records there are, by the first bytes of the first one:
 *
 *   {"eventVersion":"1.08",…},{"eventVersion":"1.08",…},{"eventVersion":"1.0
 *   └──────── record ───────┘ └──────── record ───────┘ └ not in `bytes`
 *
 * @param bytes starts with a record
 * @returns their bytes, with the comma after each
 */
export function cutRecords(bytes: Uint8Array): { bytes: number; records: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const boundary = boundaryOf(buffer, 0);
  let records = 0;
  let end = 0;
  for (let at = buffer.indexOf(boundary); at !== -1; at = buffer.indexOf(boundary, end)) {
    records++;
    end = at + COMMA_BETWEEN.length;
  }
  return { bytes: end, records };
}
