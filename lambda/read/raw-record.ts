import type { JsonObject } from '../normalize/event.ts';

/** One record, wherever the object has it: most often as an element of its `Records` array. */
export interface RawRecord {
  /** Its place in the object, from 0. */
  index: number;
  /** Its first byte in the inflated object, from 0. */
  byte: number;
  /** Its length in bytes. */
  bytes: number;
  /** Its exact text; `undefined` where it is longer than `maxRecordBytes`. */
  text: string | undefined;
  /** What `JSON.parse` gives for the text, where the splitter had to know; `undefined` where it had not. */
  parsed?: JsonObject | undefined;
}

/** A record that has ended and is not counted yet. */
export type FoundRecord = Omit<RawRecord, 'index'>;
