import type { Clock } from '../clock.ts';

/**
 * Limits the bytes that one container sends to one stream. On average it sends `bytesPerSecond`; at once, it sends at most
 * one call, and what was not sent in the second before.
 */
export class Pacer {
  readonly bytesPerSecond: number;
  readonly #clock: Clock;
  /** When the bytes sent so far are within the rate: milliseconds since 1970. */
  #freeAt = 0;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** Milliseconds until the next call. */
  get waitMs(): number {
    return Math.max(0, this.#freeAt - this.#clock.now());
  }

  /** Counts the bytes of a call. */
  count(bytes: number): void {
    const from = Math.max(this.#freeAt, this.#clock.now() - CREDIT_MS);
    this.#freeAt = from + (bytes / this.bytesPerSecond) * 1_000;
  }
}

/** Unused time that counts towards later calls. */
const CREDIT_MS = 1_000;

/** Returns a pacer for each stream, because quotas are per stream; `undefined` without a limit. */
export function pacersOf(
  { deliveryStreamNames, maxBytesPerSecond }: PacedStreams,
  clock: Clock,
): ReadonlyMap<string, Pacer> | undefined {
  if (maxBytesPerSecond === undefined) return undefined;
  return new Map(deliveryStreamNames.map((name) => [name, new Pacer(maxBytesPerSecond, clock)]));
}

interface PacedStreams {
  deliveryStreamNames: readonly string[];
  /** Average bytes per second to each stream. @default - unlimited */
  maxBytesPerSecond: number | undefined;
}
