import type { JsonObject } from '../normalize/event.ts';
import { nestsTooDeep } from '../normalize/nesting.ts';

/** A record whose end was guessed, and proved. */
export interface GuessedRecord {
  /** Index behind its last byte in the chunk. */
  end: number;
  text: string;
  parsed: JsonObject;
}

/**
 * The quick way past a record: its end is guessed where the beginning of the next one stands, and proved by
 * JSON.parse, which has to read the record anyway.
 *
 *   …{"eventVersion":"1.08",…},{"eventVersion":"1.08",…
 *    └──────── text ────────┘└─ boundary ──┘
 *
 * An object and a longer text that begins with it are not both JSON, so what parses is the record and nothing
 * else. What does not parse is left to the scanner: a boundary inside the record, or a record that is no JSON. So is
 * a text that nests too deep, which is not parsed.
 */
export class RecordGuesser {
  readonly #maxRecordBytes: number;
  #boundary: Buffer | undefined;
  #guessesLeft = MAX_WRONG_GUESSES;

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Whether guessing is still worth its while. */
  get isUseful(): boolean {
    return this.#guessesLeft > 0;
  }

  /**
   * @param at where an object begins in the chunk
   * @returns `'no boundary'` where none follows in this chunk, so that no later record has one either;
   *   `undefined` where the guess was wrong or nests too deep
   */
  guess(chunk: Buffer, at: number): GuessedRecord | 'no boundary' | undefined {
    this.#boundary ??= Buffer.concat([COMMA_BETWEEN, chunk.subarray(at, at + BEGINNING_BYTES)]);
    const brace = chunk.indexOf(this.#boundary, at);
    if (brace === -1) return 'no boundary';
    const end = brace + 1;
    if (end - at > this.#maxRecordBytes) return undefined;
    const text = chunk.toString('utf8', at, end);
    const parsed = nestsTooDeep(text) ? undefined : parseObject(text);
    if (parsed) return { end, text, parsed };
    this.#guessesLeft--;
    return undefined;
  }
}

function parseObject(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const COMMA_BETWEEN = Buffer.from('},');

/** First bytes of a record, enough to tell it from most objects inside: `{"eventVersion"`. */
const BEGINNING_BYTES = 15;

/** A wrong guess costs a parse; an object in which so many are wrong is scanned from there on. */
const MAX_WRONG_GUESSES = 8;
