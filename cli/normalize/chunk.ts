/** A file or a record that is invalid. */
export interface Fault {
  /** Place in the file: `record 3 at byte 120`; `undefined` for the file itself. */
  place: string | undefined;
  reason: string;
}

/** What reading a part of a file gave, without the events. */
export interface Counts {
  /** Stored bytes that were read. Bytes that are reread after an error count twice. */
  bytes: number;
  records: number;
  /** Records that a rule dropped. */
  dropped: number;
  /** Records that a filter left out. */
  filtered: number;
  faults: Fault[];
}

/** What one step of reading a file gave. It can be sent to another thread. */
export interface Chunk<Memory extends ArrayBufferLike = ArrayBufferLike> extends Counts {
  /** Complete lines; empty if there are none. */
  lines: Uint8Array<Memory>;
}

export const NO_LINES = new Uint8Array(0);

export function noCounts(): Counts {
  return { bytes: 0, records: 0, dropped: 0, filtered: 0, faults: [] };
}

export function emptyChunk(): Chunk {
  return { lines: NO_LINES, ...noCounts() };
}

/** What several steps gave together. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    bytes: a.bytes + b.bytes,
    records: a.records + b.records,
    dropped: a.dropped + b.dropped,
    filtered: a.filtered + b.filtered,
    faults: [...a.faults, ...b.faults],
  };
}
