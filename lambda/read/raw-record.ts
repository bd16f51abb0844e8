import type { JsonObject } from '../normalize/event.ts';

/** One record of a log object, usually an element of its `Records` array. */
export interface RawRecord {
  /** Index in the object, from 0. */
  index: number;
  /** Position of its first byte in the inflated object, from 0. */
  byte: number;
  /** Length in bytes. */
  bytes: number;
  /** Exact text; `undefined` if it is longer than `maxRecordBytes`. */
  text: string | undefined;
  /** The bytes of `text` in the chunk, if they are known to be its UTF-8. The next chunk may overwrite them. */
  utf8?: Buffer | undefined;
  /** Result of `JSON.parse`, if the splitter used it to verify the record's end. */
  parsed?: JsonObject | undefined;
}

/** A complete record that has no index yet. */
export type FoundRecord = Omit<RawRecord, 'index'>;
