import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from './clock.ts';
import type { Deadline } from './deadline.ts';
import { encodeEvent } from './deliver/encode-event.ts';
import { encodeFromBytes } from './deliver/encode-from-bytes.ts';
import { ObjectLedger } from './deliver/ledger.ts';
import type { Pacer } from './deliver/pacer.ts';
import { type PackedRecord, Packer } from './deliver/pack-events.ts';
import { type SendCounts, Sender } from './deliver/send-records.ts';
import { type RecordPlace, timeOfLogObject } from './normalize/pipeline-error.ts';
import { OpenObject } from './read/open-object.ts';
import type { RawRecord } from './read/raw-record.ts';
import { type NextRecord, type ReadResult, readRecords } from './read/read-records.ts';
import type { Redactor } from './select/redactor.ts';
import { selectEvent } from './select/select-event.ts';
import type { Settings } from './settings.ts';
import { isGivenUp, type LogObjectRef, MS_PER_HOUR, pathOf } from './trigger/log-object-ref.ts';
import { remainingOf } from './trigger/remaining-records.ts';

export interface PipelineContext {
  s3: S3Client;
  firehose: FirehoseClient;
  settings: Settings;
  deadline: Deadline;
  /** Limits what is sent to Firehose. @default - no limit */
  pacer?: Pacer | undefined;
  clock: Clock;
  /** For the jitter of retries: 0 to 1. */
  random: () => number;
  /**
   * Returns what replaces secrets, with its key. Throws an error of the service that has the key.
   *
   * @default - nothing is replaced
   */
  openRedactor?: (() => Promise<Redactor>) | undefined;
}

/** Result for one log object. */
export interface ObjectResult {
  ref: LogObjectRef;
  /** ETag of the object that was read; `undefined` if S3 did not respond. */
  etag: string | undefined;
  /** Length of the stored object in bytes; `undefined` if S3 did not respond. */
  storedBytes?: number | undefined;
  /** Tracks which records were read and which of those Firehose accepted. */
  ledger: ObjectLedger;
  outcome: ReadResult['outcome'] | 'not-started' | 'given-up' | 'failed';
  /** Why the object was not read to the end. */
  error?: Error;
  /** The first document in an unrecognized form: its members and its byte. */
  unknown?: string | undefined;
}

export interface PipelineResult {
  objects: ObjectResult[];
  counts: PipelineCounts;
  sent: SendCounts;
  /** Why delivery was abandoned, if it was. */
  deliveryError: Error | undefined;
}

export interface PipelineCounts {
  inflatedBytes: number;
  eventBytes: number;
}

/**
 * Runs the data flow: log object → records → events → Firehose records → PutRecordBatch calls.
 *
 * Reads a few objects at a time. They share the calls, but each has its own ledger. Never throws: an error is part of
 * its object's result and does not affect the others. Without the key of the marks, no object is started.
 */
export async function deliverObjects(
  refs: LogObjectRef[],
  context: PipelineContext,
): Promise<PipelineResult> {
  const { firehose, settings, deadline, pacer, clock, random } = context;
  const counts: PipelineCounts = { inflatedBytes: 0, eventBytes: 0 };
  const sender = new Sender({ ...settings, firehose, deadline, pacer, clock, random });
  const receive = (record: PackedRecord) => {
    counts.eventBytes += record.eventBytes;
    sender.add(record);
  };
  const packer = new Packer(settings.packing, receive, settings);

  const { redactor, keyError } = await openRedactor(refs, context);
  const objects: ObjectResult[] = [];
  const queue = refs.entries();
  const readers = Array.from({ length: settings.maxObjectsInFlight }, async () => {
    for (const [i, ref] of queue)
      objects[i] = await deliverObject(ref, { ...context, counts, sender, packer, redactor, keyError });
  });
  await Promise.all(readers);
  packer.flush();
  await sender.finish();
  return { objects, counts, sent: sender.counts, deliveryError: keyError ?? sender.error };
}

interface OpenedRedactor {
  redactor?: Redactor;
  /** Why secrets cannot be replaced. */
  keyError?: Error;
}

async function openRedactor(
  refs: LogObjectRef[],
  { openRedactor, settings }: PipelineContext,
): Promise<OpenedRedactor> {
  if (refs.length === 0 || !settings.redactPaths) return {};
  if (!openRedactor) return { keyError: new Error('REDACT is set, but nothing replaces secrets here') };
  try {
    return { redactor: await openRedactor() };
  } catch (error) {
    return { keyError: error instanceof Error ? error : new Error('the thrown value is not an Error') };
  }
}

interface PipelineRun extends PipelineContext, OpenedRedactor {
  counts: PipelineCounts;
  sender: Sender;
  packer: Packer;
}

async function deliverObject(ref: LogObjectRef, run: PipelineRun): Promise<ObjectResult> {
  const { s3, settings, deadline, clock, counts, sender, keyError } = run;
  const ledger = new ObjectLedger(remainingOf(ref));
  const place = { path: pathOf(ref), time: timeOfLogObject(ref.key) ?? new Date(clock.now()).toISOString() };
  const canContinue = () => !deadline.isNear() && !sender.isClosed && !keyError;

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    for (let record = nextRecord(); record; record = nextRecord()) {
      if (!ledger.wants(record.index)) continue;
      if (!sender.hasRoom) {
        await sender.waitForRoom();
        if (!canContinue()) return false;
      }
      ledger.recordsRead++;
      deliverRecord(record, { path: place.path, time: place.time, index: record.index }, ledger, run);
    }
    return canContinue();
  }

  if (isGivenUp(ref, settings, clock.now()))
    return { ref, etag: ref.etag, ledger, outcome: 'given-up', error: new GivenUpError(ref, clock.now()) };
  if (!canContinue()) return { ref, etag: ref.etag, ledger, outcome: 'not-started' };
  const object = new OpenObject(s3, ref, deadline.signal, clock);
  const result = (outcome: ObjectResult['outcome'], error?: Error, unknown?: string) => ({
    ref,
    etag: object.etag,
    storedBytes: object.storedBytes,
    ledger,
    outcome,
    unknown,
    ...(error && { error }),
  });
  try {
    const { outcome, recordsSeen, unknown } = await readRecords(() => object.bytes(), onRecords, {
      ...settings,
      firstRecord: ref.nextRecord,
      onInflated: (bytes) => {
        counts.inflatedBytes += bytes;
      },
    });
    // A resume message may ask for records past the end of the object.
    if (outcome !== 'stopped' && ledger.nextUnread !== recordsSeen) {
      throw new Error(`expected to process ${recordsSeen} records, got to ${ledger.nextUnread}`);
    }
    return result(outcome, undefined, unknown);
  } catch (error) {
    if (deadline.signal.aborted) return result('stopped', object.outage);
    return result('failed', error instanceof Error ? error : new Error('the thrown value is not an Error'));
  }
}

/** The object is not read, because services have refused it for longer than `giveUpAfterHours`. */
class GivenUpError extends Error {
  override name = 'GivenUpError';

  constructor({ refusedSince = 0 }: LogObjectRef, now: number) {
    super(`refused for ${Math.floor((now - refusedSince) / MS_PER_HOUR)} hours`);
  }
}

/** Normalizes a record and adds it to the packer, unless a rule drops it. */
export function deliverRecord(
  record: RawRecord,
  place: RecordPlace,
  ledger: ObjectLedger,
  { packer, settings: { rules, normalize }, redactor }: Pick<PipelineRun, 'packer' | 'settings' | 'redactor'>,
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
