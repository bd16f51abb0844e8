import {
  endOfBare,
  isDigit,
  isLiteralByte,
  NestedScanner,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.ts';

/** Role of a value in its document. */
export type Purpose = 'document' | 'key' | 'record' | 'wrapped' | 'member';

/** The value being scanned: its role, its start, and a copy of its bytes in earlier chunks. */
export class OpenValue {
  purpose: Purpose = 'member';
  /** `nested` ends with a bracket or quote, the others before the first byte that cannot be theirs. */
  kind: 'nested' | 'literal' | 'time' = 'nested';
  /** Position of its first byte in the inflated object. */
  byte = 0;
  readonly #nested = new NestedScanner();
  #kept: Buffer[] = [];

  /** @returns whether a value can start with this byte */
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

  /** @returns its end; `undefined` if it continues in the next chunk */
  scan(chunk: Buffer, from: number): number | undefined {
    return this.kind === 'nested' ? this.#nested.scan(chunk, from) : endOfBare(chunk, from, this.kind);
  }

  /** Keeps a copy of its part in the current chunk. */
  keep(part: Buffer): void {
    this.#kept.push(Buffer.from(part));
  }

  /** Discards the copy, because its text is not wanted or too long. */
  drop(): void {
    this.#kept = [];
  }

  /** @returns its text, which ends with `lastPart` */
  textWith(lastPart: Buffer): string {
    if (this.#kept.length === 0) return lastPart.toString('utf8');
    return Buffer.concat([...this.#kept, lastPart]).toString('utf8');
  }
}
