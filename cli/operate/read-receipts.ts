import { StringDecoder } from 'node:string_decoder';
import { Coverage } from '../../digest/coverage.ts';
import { parseLogObject } from '../../digest/log-object.ts';
import { parseReceipt } from '../../digest/receipt.ts';
import type { Span } from '../../digest/spans.ts';
import { gunzip } from '../../lambda/read/gunzip.ts';
import { LogObjectError } from '../../lambda/read/log-object-error.ts';
import { CouldNotTellError } from '../endings.ts';
import type { BucketReader, ListedObject } from './bucket-reader.ts';
import { mapConcurrently } from './concurrently.ts';

const READS_IN_FLIGHT = 8;
const DAY_MS = 86_400_000;

/** Where Firehose writes the receipts; see `infra/receipts/`. */
export interface ReceiptLocation {
  readonly bucket: string;
  /** With a slash at the end. */
  readonly prefix: string;
}

export interface Receipts {
  readonly coverage: Coverage;
  /** Receipts of objects in the range. */
  readonly read: number;
  /** Lines that are not receipts. */
  readonly unreadable: number;
}

/**
 * Adds up the receipts of the log objects in a range. They lie under the day on which they arrived, which may be any
 * since: an object can be replayed. Keeps one entry per object in memory.
 *
 * @param onRead called after each object with its stored bytes
 * @throws CouldNotTellError if an object cannot be read
 */
export async function readReceipts(
  reader: BucketReader,
  { bucket, prefix }: ReceiptLocation,
  range: Span,
  onRead: (bytes: number) => void,
): Promise<Receipts> {
  const since = new Date(range.startMs).toISOString().slice(0, 10);
  const stored: ListedObject[] = [];
  for await (const object of reader.objects(bucket, prefix, `${prefix}day=${since}`)) stored.push(object);
  const coverage = new Coverage();
  const counts = { read: 0, unreadable: 0 };
  function add(line: string): void {
    const receipt = parseReceipt(line);
    if (!receipt) counts.unreadable++;
    else if (mayBeIn(range, receipt.object)) {
      coverage.add(receipt);
      counts.read++;
    }
  }
  await mapConcurrently(stored, READS_IN_FLIGHT, async ({ key, bytes }) => {
    await readLines(reader, bucket, key, add);
    onRead(bytes);
  });
  return { coverage, ...counts };
}

/** Whether a digest of the range, or of an hour next to it, may list an object. */
function mayBeIn({ startMs, endMs }: Span, object: string): boolean {
  const parsed = parseLogObject(object);
  return !parsed || (parsed.timeMs >= startMs - DAY_MS && parsed.timeMs < endMs + DAY_MS);
}

async function readLines(
  reader: BucketReader,
  bucket: string,
  key: string,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new StringDecoder();
  // An object that expired since it was listed has no lines.
  const damage = await reader.read(bucket, key, async (open) => {
    let rest = '';
    try {
      for await (const chunk of gunzip(open)) {
        const lines = `${rest}${decoder.write(Buffer.from(chunk))}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      }
    } catch (error) {
      if (error instanceof LogObjectError) return error;
      throw error;
    }
    if (rest !== '') onLine(rest);
    return undefined;
  });
  if (damage)
    throw new CouldNotTellError(`s3://${bucket}/${key}: cannot read the receipts: ${damage.message}`);
}
