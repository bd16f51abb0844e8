import type { JsonObject } from '../normalize/event.ts';
import { nestsTooDeep } from '../normalize/nesting.ts';

/** A record whose end was guessed and verified. */
export interface GuessedRecord {
  /** Index after its last byte in the chunk. */
  end: number;
  text: string;
  /** The bytes of `text` in the chunk; `undefined` if some of them may not be UTF-8. */
  utf8: Buffer | undefined;
  parsed: JsonObject;
}

/**
 * The fast path of the splitter. Guesses that a record ends where the next one starts, and verifies this with
 * JSON.parse, which must parse the record anyway.
 *
 *   …{"eventVersion":"1.08",…},{"eventVersion":"1.08",…
 *    └──────── text ────────┘└─ boundary ──┘
 *
 * No JSON object is a prefix of another, so a text that parses is exactly one record. Otherwise the scanner takes over:
 * the boundary was inside the record, the record is not JSON, or it nests too deeply to be parsed.
 */
export class RecordGuesser {
  readonly #maxRecordBytes: number;
  #boundary: Buffer | undefined;
  #guessesLeft = MAX_WRONG_GUESSES;

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Whether guessing still pays off. */
  get isUseful(): boolean {
    return this.#guessesLeft > 0;
  }

  /**
   * @param at start of an object in the chunk
   * @returns `'no boundary'` if the rest of the chunk has none, neither for this record nor for later ones; `undefined`
   *   if the guess was wrong, or its text is too long or nests too deeply
   */
  guess(chunk: Buffer, at: number): GuessedRecord | 'no boundary' | undefined {
    this.#boundary ??= boundaryOf(chunk, at);
    const brace = chunk.indexOf(this.#boundary, at);
    if (brace === -1) return 'no boundary';
    const end = brace + 1;
    if (end - at > this.#maxRecordBytes) return undefined;
    const utf8 = chunk.subarray(at, end);
    const text = utf8.toString('utf8');
    const parsed = nestsTooDeep(text) ? undefined : parseObject(text);
    if (parsed) return { end, text, utf8: text.includes(REPLACEMENT) ? undefined : utf8, parsed };
    this.#guessesLeft--;
    return undefined;
  }
}

/** @returns what is expected between two records: `},{"eventVersion"`, from the start of the record at `at` */
export function boundaryOf(chunk: Buffer, at: number): Buffer {
  return Buffer.concat([COMMA_BETWEEN, chunk.subarray(at, at + START_BYTES)]);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Replaces bytes that are not UTF-8, but can also be a character of the record. */
const REPLACEMENT = '\ufffd';

export const COMMA_BETWEEN = Buffer.from('},');

/** First bytes of a record, enough to distinguish it from most nested objects: `{"eventVersion"`. */
const START_BYTES = 15;

/** A wrong guess costs a parse. After so many, the rest of the log object is only scanned. */
const MAX_WRONG_GUESSES = 8;
