import { RecordSplitter, type RecordStart } from '../../lambda/read/split-records.ts';
import { type Chunk, emptyChunk } from './chunk.ts';
import type { EventMaker } from './event-maker.ts';
import { LineBuffer } from './line-buffer.ts';
import { printRecords, type RecordSource } from './print-records.ts';

/** Records from a list, by a guess. It can be sent to another thread. */
export interface Batch {
  readonly source: RecordSource;
  /** Where the records start, and where the first record behind them does. */
  readonly start: RecordStart;
  readonly end: RecordStart;
  /** Starts with the records, each with the comma after it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** For the events: memory that is as large as theirs, or larger, is not allocated again. */
  readonly memory: ArrayBuffer | undefined;
}

export interface BatchAnswer {
  /** The memory of the batch. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `undefined` if the guess was wrong. */
  readonly chunk: Chunk<ArrayBuffer> | undefined;
}

/** Splits and normalizes a batch, and verifies the guess. */
export function normalizeBatch({ source, start, end, bytes, memory }: Batch, maker: EventMaker): BatchAnswer {
  const splitter = new RecordSplitter();
  splitter.resume(start);
  splitter.push(bytes.subarray(0, end.byte - start.byte));
  const lines = new LineBuffer(memory);
  const chunk = emptyChunk();
  printRecords(() => splitter.next(), source, maker, lines, chunk);
  // The list must still be open: behind its end, what looks like a record may be anything.
  const next = splitter.handOver();
  const isExact = next?.byte === end.byte && next.index === end.index && next.document === start.byte;
  return { bytes, chunk: isExact ? { ...chunk, lines: lines.take() } : undefined };
}
