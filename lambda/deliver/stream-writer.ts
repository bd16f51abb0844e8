import type { Packing } from '../contract.ts';
import { type PackedRecord, Packer, type PackLimits } from './pack-events.ts';
import { Sender, type SenderOptions } from './send-records.ts';

export interface StreamWriterOptions extends SenderOptions, PackLimits {
  packing: Packing;
}

/**
 * Writes to one delivery stream: packs events and sends the records. Streams share nothing, so one that rejects
 * everything does not stop the others.
 */
export class StreamWriter {
  readonly packer: Packer;
  readonly sender: Sender;
  /** Bytes of events before packing. */
  eventBytes = 0;

  constructor(options: StreamWriterOptions) {
    this.sender = new Sender(options);
    const receive = (record: PackedRecord) => {
      this.eventBytes += record.eventBytes;
      this.sender.add(record);
    };
    this.packer = new Packer(options.packing, receive, options);
  }

  /** Sends the events that are still collected, and waits for all answers. */
  async finish(): Promise<void> {
    this.packer.flush();
    await this.sender.finish();
  }
}
