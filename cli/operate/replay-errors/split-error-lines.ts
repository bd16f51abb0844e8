import { endOfSpaces, NestedScanner, OPEN_BRACE } from '../../../lambda/read/json-bytes.ts';

const NEWLINE = 0x0a;

/** A record of 1,024,000 bytes takes 1.4 MB in base64. The rest of the line is an error message. */
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** A JSON object of a line, or why there is none. Lines count from 1. */
export type ErrorLine =
  | { readonly line: number; readonly json: Buffer }
  | { readonly line: number; readonly reason: string };

/**
 * Splits what Firehose writes below its error prefix into JSON objects, in constant memory:
 *
 *   {"attemptsMade":4,…,"rawData":"eyJ…"}⏎      one object per line,
 *   {"attemptsMade":4,…}{"attemptsMade":4,…}⏎   or several
 *
 * An object never continues on the next line, so a malformed line hides no other one.
 */
export async function* splitErrorLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ErrorLine, void, undefined> {
  const splitter = new LineSplitter();
  for await (const chunk of chunks)
    yield* splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  yield* splitter.end();
}

class LineSplitter {
  /** `rest of line` is skipped after a malformed part. */
  #inside: 'line' | 'object' | 'rest of line' = 'line';
  #line = 1;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  readonly #scanner = new NestedScanner();

  *push(chunk: Buffer): Generator<ErrorLine, void, undefined> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#inside === 'object') {
        at = yield* this.#scanObject(chunk, at);
      } else if (this.#inside === 'rest of line') {
        at = endOfLine(chunk, at);
        if (at < chunk.length) this.#inside = 'line';
      } else if (chunk[at] === NEWLINE) {
        this.#line++;
        at++;
      } else if (chunk[at] === OPEN_BRACE) {
        this.#inside = 'object';
        this.#scanner.begin();
      } else {
        const next = Math.min(endOfSpaces(chunk, at), endOfLine(chunk, at));
        if (next === at) yield this.#reject('not a JSON object', 'rest of line');
        at = next;
      }
    }
  }

  *end(): Generator<ErrorLine, void, undefined> {
    if (this.#inside === 'object') yield this.#reject('the file ends inside a JSON object', 'line');
  }

  /** @returns where to continue */
  *#scanObject(chunk: Buffer, from: number): Generator<ErrorLine, number, undefined> {
    const lineEnd = endOfLine(chunk, from);
    const end = this.#scanner.scan(chunk.subarray(0, lineEnd), from);
    const to = end ?? lineEnd;
    this.#kept.push(Buffer.from(chunk.subarray(from, to)));
    this.#keptBytes += to - from;
    if (this.#keptBytes > MAX_DOCUMENT_BYTES) {
      yield this.#reject(`a JSON object of more than ${MAX_DOCUMENT_BYTES} bytes`, 'rest of line');
    } else if (end !== undefined) {
      const json = Buffer.concat(this.#kept);
      this.#forget('line');
      yield { line: this.#line, json };
    } else if (lineEnd < chunk.length) {
      yield this.#reject('the line ends inside a JSON object', 'line');
    }
    return to;
  }

  #reject(reason: string, next: 'line' | 'rest of line'): ErrorLine {
    this.#forget(next);
    return { line: this.#line, reason };
  }

  #forget(next: 'line' | 'rest of line'): void {
    this.#inside = next;
    this.#kept = [];
    this.#keptBytes = 0;
  }
}

/** @returns the position of the next newline, or the chunk's end */
function endOfLine(chunk: Buffer, at: number): number {
  const found = chunk.indexOf(NEWLINE, at);
  return found < 0 ? chunk.length : found;
}
