import { encodeEvent } from './deliver/encode-event.ts';
import { encodeFromBytes } from './deliver/encode-from-bytes.ts';
import type { ObjectLedger } from './deliver/ledger.ts';
import type { Packer } from './deliver/pack-events.ts';
import type { RecordPlace } from './normalize/pipeline-error.ts';
import type { RawRecord } from './read/raw-record.ts';
import type { Redactor } from './select/redactor.ts';
import { selectEvent } from './select/select-event.ts';
import type { Settings } from './settings.ts';

export interface RecordRun {
  packer: Packer;
  settings: Pick<Settings, 'rules' | 'normalize'>;
  /** @default - nothing is replaced */
  redactor?: Redactor | undefined;
}

/** Normalizes a record and adds it to the packer, unless a rule drops it. */
export function deliverRecord(
  record: RawRecord,
  place: RecordPlace,
  ledger: ObjectLedger,
  { packer, settings: { rules, normalize }, redactor }: RecordRun,
): void {
  const selected = selectEvent(record, place, { rules, redactor, normalize });
  // The parsed value takes up to thirty times the memory of the text. Free it before the next record is parsed.
  record.parsed = undefined;
  if (selected.droppedBy !== undefined) {
    ledger.filter(record.index, selected.droppedBy);
    return;
  }
  const { event, malformed } = selected;
  const { json, truncated } = encodeFromBytes(event, record, packer) ?? encodeEvent(event, place, packer);
  if (malformed) ledger.malformed++;
  if (truncated) ledger.truncated++;
  packer.add(json, { ledger, index: record.index, time: event['@timestamp'] });
}
