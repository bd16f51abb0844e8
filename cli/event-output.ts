import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import type { Packing } from '../lambda/contract.ts';

/** Where the local run writes what the local Firehose took: one event a line, whatever the packing. */
export class EventOutput {
  readonly file: string;
  events = 0;
  /** How often each `event.action` came. */
  readonly actions = new Map<string, number>();
  readonly #packing: Packing;
  readonly #stream;

  constructor(file: string, packing: Packing) {
    this.file = file;
    this.#packing = packing;
    this.#stream = createWriteStream(file);
  }

  write(record: Buffer): void {
    const lines = this.#packing === 'gzip' ? gunzipSync(record) : record;
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const { event } = JSON.parse(line);
      const action = String(event.action ?? event.kind ?? 'without a name');
      this.actions.set(action, (this.actions.get(action) ?? 0) + 1);
      this.events++;
    }
    this.#stream.write(lines);
    if (this.#packing === 'single') this.#stream.write('\n');
  }

  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}
