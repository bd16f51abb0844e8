import { asLine } from '../../lambda/deliver/encode-event.ts';
import { encodeFromBytes } from '../../lambda/deliver/encode-from-bytes.ts';
import type { PipelineErrorEvent, RawEvent, SekoiaEvent } from '../../lambda/normalize/event.ts';
import type { RawRecord } from '../../lambda/read/raw-record.ts';
import type { NextRecord } from '../../lambda/read/read-records.ts';
import { selectEvent } from '../../lambda/select/select-event.ts';
import { describeError } from '../endings.ts';
import type { Chunk } from './chunk.ts';
import type { EventMaker } from './event-maker.ts';
import type { LineBuffer } from './line-buffer.ts';
import { passes, type RecordFilter } from './record-filter.ts';

/** The file of records, and which of them to print. It can be sent to another thread. */
export interface RecordSource {
  /** How events of invalid records name it. */
  readonly path: string;
  /** Time of the file in RFC 3339. */
  readonly time: string;
  /** @default - all records */
  readonly filter: RecordFilter | undefined;
}

/** Collects the events in `lines`, and enters the counts and the faults of the records into `chunk`. */
export function printRecords(
  nextRecord: NextRecord,
  { filter, ...place }: RecordSource,
  { selection, indent }: EventMaker,
  lines: LineBuffer,
  chunk: Chunk,
): void {
  for (let record = nextRecord(); record; record = nextRecord()) {
    const { index, byte } = record;
    chunk.records++;
    if (filter && !passes(record, filter)) {
      chunk.filtered++;
      continue;
    }
    const selected = selectEvent(record, { ...place, index }, selection);
    // It takes up to thirty times the memory of the text.
    record.parsed = undefined;
    if (selected.droppedBy !== undefined) {
      chunk.dropped++;
      continue;
    }
    const { event, malformed } = selected;
    if (malformed)
      chunk.faults.push({ place: `record ${index} at byte ${byte}`, reason: describeError(malformed) });
    lines.add(printEvent(event, record, indent));
  }
}

/** Any length is a line. */
const ANY_LENGTH = { capacity: Number.POSITIVE_INFINITY };

function printEvent(
  event: SekoiaEvent | RawEvent | PipelineErrorEvent,
  record: RawRecord,
  indent: number | undefined,
): string | Uint8Array {
  if ('kind' in event) return asLine(event.message);
  if (indent !== undefined) return JSON.stringify(event, undefined, indent);
  return encodeFromBytes(event, record, ANY_LENGTH)?.json ?? JSON.stringify(event);
}
