import { closeSync, openSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Packing } from '../lambda/contract.ts';

/** Where the local run writes what the local Firehose took: one event a line, whatever the packing. */
export class EventOutput {
  readonly file: string;
  events = 0;
  /** How often each `event.action` came. */
  readonly actions = new Map<string, number>();
  readonly #packing: Packing;
  readonly #descriptor: number;

  constructor(file: string, packing: Packing) {
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
  }
}
