import {
  endOfBare,
  isDigit,
  isLiteralByte,
  NestedScanner,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.ts';

/** What a value is to the splitter. */
export type Purpose = 'document' | 'key' | 'record' | 'wrapped' | 'member';

/** The value under way: what it is, where it began, and a copy of what has passed of it. */
export class OpenValue {
  purpose: Purpose = 'member';
  /** `nested` ends by its brackets or quotes, the others before the first byte that is not theirs. */
  kind: 'nested' | 'literal' | 'time' = 'nested';
  /** Its first byte in the inflated object. */
  byte = 0;
  readonly #nested = new NestedScanner();
  #kept: Buffer[] = [];

  /** @returns whether a value can begin with this byte */
  begin(byte: number, position: number, purpose: Purpose): boolean {
    const isNested = byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === QUOTE;
    if (!isNested && !isLiteralByte(byte)) return false;
    const bare = purpose === 'document' && isDigit(byte) ? 'time' : 'literal';
    this.purpose = purpose;
    this.kind = isNested ? 'nested' : bare;
    this.byte = position;
    this.#nested.begin();
    return true;
  }

  /** @returns its end; `undefined` where it goes on in the next chunk */
  scan(chunk: Buffer, from: number): number | undefined {
    return this.kind === 'nested' ? this.#nested.scan(chunk, from) : endOfBare(chunk, from, this.kind);
  }

  /** Keeps a copy of a part that ends with its chunk. */
  keep(part: Buffer): void {
    this.#kept.push(Buffer.from(part));
  }

  /** Lets go of what was kept: its text is not wanted, or has grown too long. */
  drop(): void {
    this.#kept = [];
  }

  /** @returns its text, whose last part this is */
  textWith(lastPart: Buffer): string {
    if (this.#kept.length === 0) return lastPart.toString('utf8');
    return Buffer.concat([...this.#kept, lastPart]).toString('utf8');
  }
}
