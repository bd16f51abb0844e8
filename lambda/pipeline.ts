import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Deadline } from './deadline.ts';
import { encodeEvent } from './deliver/encode-event.ts';
import { ObjectLedger } from './deliver/ledger.ts';
import { Packer } from './deliver/pack-events.ts';
import { type SendCounts, Sender } from './deliver/send-records.ts';
import { normalizeOrReport, type RecordPlace, timeOfLogObject } from './normalize/pipeline-error.ts';
import { openObject } from './read/open-object.ts';
import { type NextRecord, type ReadResult, readRecords } from './read/read-records.ts';
import type { RawRecord } from './read/split-records.ts';
import type { Settings } from './settings.ts';
import { type LogObjectRef, nameObject } from './trigger/log-object-ref.ts';

export interface PipelineContext {
  s3: S3Client;
  firehose: FirehoseClient;
  settings: Settings;
  deadline: Deadline;
}

/** What became of one log object. */
export interface ObjectResult {
  ref: LogObjectRef;
  /** Which of its records were read, and which of those Firehose has taken. */
  ledger: ObjectLedger;
  outcome: ReadResult['outcome'] | 'not-started' | 'failed';
  /** Why it was not read to its end. */
  fault?: Error;
}

export interface PipelineResult {
  objects: ObjectResult[];
  counts: PipelineCounts;
  sent: SendCounts;
  /** Why delivery gave up, if it did. */
  deliveryFault: Error | undefined;
}

export interface PipelineCounts {
  inflatedBytes: number;
  eventBytes: number;
  malformed: number;
  truncated: number;
}

/**
 * The way of the data: log object → records → events → Firehose records → PutRecordBatch calls.
 *
 * A few objects are read at once and share the calls; each is accounted for in its own ledger. Never throws:
 * what goes wrong with one object is in its result, and the others go on.
 */
export async function deliverObjects(
  refs: LogObjectRef[],
  context: PipelineContext,
): Promise<PipelineResult> {
  const { firehose, settings, deadline } = context;
  const counts: PipelineCounts = { inflatedBytes: 0, eventBytes: 0, malformed: 0, truncated: 0 };
  const sender = new Sender({ ...settings, firehose, deadline });
  const packer = new Packer(settings.packing, (record) => {
    counts.eventBytes += record.eventBytes;
    sender.add(record);
  });

  const objects: ObjectResult[] = [];
  const queue = refs.entries();
  const readers = Array.from({ length: settings.maxObjectsInFlight }, async () => {
    for (const [i, ref] of queue)
      objects[i] = await deliverObject(ref, { ...context, counts, sender, packer });
  });
  await Promise.all(readers);
  packer.flush();
  await sender.finish();
  return { objects, counts, sent: sender.counts, deliveryFault: sender.fault };
}

interface Line extends PipelineContext {
  counts: PipelineCounts;
  sender: Sender;
  packer: Packer;
}

async function deliverObject(ref: LogObjectRef, line: Line): Promise<ObjectResult> {
  const { s3, settings, deadline, counts, sender } = line;
  const ledger = new ObjectLedger(ref.nextRecord);
  const place = { path: nameObject(ref), time: timeOfLogObject(ref.key) ?? new Date().toISOString() };
  const mayGoOn = () => !deadline.isNear() && !sender.isClosed;

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    for (let record = nextRecord(); record; record = nextRecord()) {
      if (!sender.hasRoom) {
        await sender.room();
        if (!mayGoOn()) return false;
      }
      ledger.recordsRead++;
      deliverRecord(record, { path: place.path, time: place.time, index: record.index }, ledger, line);
    }
    return mayGoOn();
  }

  if (!mayGoOn()) return { ref, ledger, outcome: 'not-started' };
  try {
    const open = openObject(s3, ref, deadline.signal);
    const { outcome, recordsSeen } = await readRecords(open, onRecords, {
      ...settings,
      firstRecord: ref.nextRecord,
      onInflated: (bytes) => {
        counts.inflatedBytes += bytes;
      },
    });
    // Also where a resume message asks for records that the object does not have.
    if (outcome !== 'stopped' && ledger.nextUnread !== recordsSeen) {
      throw new Error(`the object has ${recordsSeen} records, and ${ledger.nextUnread} are dealt with`);
    }
    return { ref, ledger, outcome };
  } catch (error) {
    if (deadline.signal.aborted) return { ref, ledger, outcome: 'stopped' };
    return {
      ref,
      ledger,
      outcome: 'failed',
      fault: error instanceof Error ? error : new Error(String(error)),
    };
  }
}

/** Text → event → JSON that fits → packer. */
export function deliverRecord(
  record: RawRecord,
  place: RecordPlace,
  ledger: ObjectLedger,
  { packer, counts, settings }: Pick<Line, 'packer' | 'counts' | 'settings'>,
): void {
  const { event, malformed } = normalizeOrReport(record.text, place, record.parsed);
  if (settings.isExcluded(event)) {
    ledger.filter(record.index);
    return;
  }
  const { json, truncated } = encodeEvent(event, place, packer);
  if (malformed) counts.malformed++;
  if (truncated) counts.truncated++;
  packer.add(json, { ledger, index: record.index, time: event['@timestamp'] });
}
