import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Packing } from '../lambda/contract.ts';

/** Where the local run writes what the local Firehose took: one event a line, whatever the packing. */
export class EventOutput {
  readonly file: string;
  events = 0;
  /** Events that came before, to the letter; counted only where they are looked for. */
  duplicates = 0;
  /** How often each `event.action` came. */
  readonly actions = new Map<string, number>();
  readonly #packing: Packing;
  readonly #descriptor: number;
  readonly #seen: Set<string> | undefined;

  /** @param findDuplicates costs 50 bytes or so of memory an event */
  constructor(file: string, packing: Packing, findDuplicates = false) {
    this.#seen = findDuplicates ? new Set() : undefined;
    this.file = file;
    this.#packing = packing;
    this.#descriptor = openSync(file, 'w');
  }

  /** Written before it returns: a slow disk slows the run down rather than filling the memory. */
  write(record: Buffer): void {
    const lines = this.#packing === 'gzip' ? gunzipSync(record) : record;
    for (const line of lines.toString('utf8').split('\n')) if (line !== '') this.#count(line);
    writeSync(this.#descriptor, lines);
    if (this.#packing === 'single') writeSync(this.#descriptor, '\n');
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #count(line: string): void {
    const { event } = JSON.parse(line);
    const action = String(event.action ?? event.kind ?? 'without a name');
    this.actions.set(action, (this.actions.get(action) ?? 0) + 1);
    this.events++;
    if (!this.#seen) return;
    const digest = createHash('sha256').update(line).digest('base64');
    if (this.#seen.has(digest)) this.duplicates++;
    this.#seen.add(digest);
  }
}
