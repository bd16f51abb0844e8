/** A seeded random source: the same seed gives the same values on every machine and Node version. */
export interface Random {
  /** Uniform in [0, 2^32). */
  uint32(): number;
  /** Uniform integer, both ends included. */
  int(min: number, max: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  /** Picks one item. @throws RangeError if the list is empty */
  pick<T>(items: readonly T[]): T;
  /** Picks one item with a probability in proportion to its weight. */
  pickWeighted<T extends { readonly weight: number }>(items: readonly T[]): T;
  /** `length` characters of `alphabet` (2 to 64 characters). */
  text(length: number, alphabet: string): string;
  /** Lower-case hexadecimal. */
  hex(length: number): string;
  /** Base64 without padding. */
  base64(length: number): string;
  /** Upper-case letters and digits 2 to 7, as in AWS unique ids. */
  base32(length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
}

/**
 * Creates an sfc32 generator. It uses only integer arithmetic, so results do not depend on an engine's rounding.
 * Its 128-bit state keeps the sequences of two seeds apart. A 32-bit generator would repeat event IDs between
 * unrelated objects after a few hundred objects.
 *
 * @param seed an integer
 */
export function createRandom(seed: number): Random {
  const uint32 = sfc32(seed);
  const int = (min: number, max: number): number => min + (uint32() % (max - min + 1));
  const text = (length: number, alphabet: string): string => drawText(uint32, length, alphabet);
  return {
    uint32,
    int,
    chance: (probability) => uint32() < probability * 0x1_0000_0000,
    pick: (items) => itemAt(items, uint32() % Math.max(items.length, 1)),
    pickWeighted: (items) => drawWeighted(uint32, items),
    text,
    hex: (length) => drawHex(uint32, length),
    base64: (length) => text(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'),
    base32: (length) => text(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'),
    uuid: () => drawUuid(uint32),
  };
}

function sfc32(seed: number): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 0x1_0000_0000) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  // As the author recommends: the first rounds still depend visibly on the seed.
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

function drawText(uint32: () => number, length: number, alphabet: string): string {
  let text = '';
  let pool = 0;
  for (let index = 0; index < length; index += 1) {
    // One draw gives five characters: 64^5 is below 2^32.
    if (index % 5 === 0) pool = uint32();
    text += alphabet.charAt(pool % alphabet.length);
    pool = Math.floor(pool / alphabet.length);
  }
  return text;
}

const hexWords = Array.from({ length: 0x1_0000 }, (_, value) => value.toString(16).padStart(4, '0'));

function drawHex(uint32: () => number, length: number): string {
  let text = '';
  while (text.length < length) {
    const value = uint32();
    text += itemAt(hexWords, value >>> 16) + itemAt(hexWords, value & 0xffff);
  }
  return text.slice(0, length);
}

function drawUuid(uint32: () => number): string {
  const word = (value: number): string => itemAt(hexWords, value & 0xffff);
  const [a, b, c, d] = [uint32(), uint32(), uint32(), uint32()];
  const version = (b & 0x0fff) | 0x4000;
  const variant = (c & 0x3fff) | 0x8000;
  return `${word(a >>> 16)}${word(a)}-${word(b >>> 16)}-${word(version)}-${word(variant)}-${word(c >>> 16)}${word(d >>> 16)}${word(d)}`;
}

function drawWeighted<T extends { readonly weight: number }>(uint32: () => number, items: readonly T[]): T {
  let total = 0;
  for (const item of items) total += item.weight;
  let left = (uint32() / 0x1_0000_0000) * total;
  for (const item of items) {
    left -= item.weight;
    if (left < 0) return item;
  }
  return itemAt(items, items.length - 1);
}

function itemAt<T>(items: readonly T[], index: number): T {
  if (index >= items.length) throw new RangeError('cannot pick an item: the list is empty');
  return items[index] as T;
}
