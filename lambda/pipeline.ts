import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from './clock.ts';
import { WORK_QUEUE } from './contract.ts';
import type { Deadline } from './deadline.ts';
import { chooseStream } from './deliver/choose-stream.ts';
import { encodeEvent } from './deliver/encode-event.ts';
import { encodeFromBytes } from './deliver/encode-from-bytes.ts';
import { ObjectLedger } from './deliver/ledger.ts';
import type { Pacer } from './deliver/pacer.ts';
import type { Packer } from './deliver/pack-events.ts';
import { type SendCounts, sumSends } from './deliver/send-counts.ts';
import { StreamWriter } from './deliver/stream-writer.ts';
import { type RecordPlace, timeOfLogObject } from './normalize/pipeline-error.ts';
import { OpenObject } from './read/open-object.ts';
import type { RawRecord } from './read/raw-record.ts';
import { type NextRecord, type ReadResult, readRecords } from './read/read-records.ts';
import type { Redactor } from './select/redactor.ts';
import { selectEvent } from './select/select-event.ts';
import { Semaphore } from './semaphore.ts';
import type { Settings } from './settings.ts';
import { isGivenUp, type LogObjectRef, MS_PER_HOUR, pathOf } from './trigger/log-object-ref.ts';
import { remainingOf } from './trigger/remaining-records.ts';

export interface PipelineContext {
  s3: S3Client;
  firehose: FirehoseClient;
  settings: Settings;
  deadline: Deadline;
  /** Limits what is sent to Firehose, by stream. @default - no limit */
  pacers?: ReadonlyMap<string, Pacer> | undefined;
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
  /** Delivery stream of its events. */
  stream: string;
  /** ETag of the object that was read; `undefined` if S3 did not respond. */
  etag: string | undefined;
  /** Length of the stored object in bytes; `undefined` if S3 did not respond. */
  storedBytes?: number | undefined;
  /** Tracks which records were read and which of those Firehose accepted. */
  ledger: ObjectLedger;
  outcome: ReadResult['outcome'] | 'not-started' | 'given-up' | 'failed';
  /** Why the object was not read to the end. */
  error?: Error;
  /** Why delivery to its stream was abandoned. Objects of other streams are not affected. */
  deliveryError?: Error;
  /** The first document in an unrecognized form: its members and its byte. */
  unknown?: string | undefined;
}

export interface PipelineResult {
  objects: ObjectResult[];
  counts: PipelineCounts;
  sent: SendCounts;
  /** Why deliveries were abandoned, at most one error per stream. */
  deliveryErrors: DeliveryError[];
}

export interface DeliveryError {
  /** Delivery stream; `undefined` if nothing could be delivered to any. */
  stream?: string;
  error: Error;
}

export interface PipelineCounts {
  inflatedBytes: number;
  eventBytes: number;
}

/**
 * Runs the data flow: log object → records → events → Firehose records → PutRecordBatch calls.
 *
 * Reads a few objects at a time. Those of one stream share the calls, but each has its own ledger. Never throws: an error
 * is part of its object's result and does not affect the others. Without the key of the marks, no object is started.
 */
export async function deliverObjects(
  refs: LogObjectRef[],
  context: PipelineContext,
): Promise<PipelineResult> {
  const counts: PipelineCounts = { inflatedBytes: 0, eventBytes: 0 };
  const { redactor, keyError } = await openRedactor(refs, context);
  const refsByStream = groupByStream(refs, context.settings.deliveryStreamNames);
  const run = {
    ...{ ...context, counts, redactor, keyError },
    streams: refsByStream.size,
    reading: new Semaphore(context.settings.maxObjectsInFlight),
  };
  const open = new Semaphore(MAX_OPEN_STREAMS);
  const deliveries = await Promise.all(
    [...refsByStream].map(([stream, own]) => open.run(() => deliverToStream(stream, own, run))),
  );
  const byRef = new Map(deliveries.flatMap(({ objects }) => objects).map((object) => [object.ref, object]));
  return {
    objects: refs.map((ref) => byRef.get(ref) as ObjectResult),
    counts,
    sent: sumSends(deliveries.map(({ sent }) => sent)),
    deliveryErrors: keyError
      ? [{ error: keyError }]
      : deliveries.flatMap(({ stream, error }) => (error ? [{ stream, error }] : [])),
  };
}

/**
 * Streams that one invocation writes to at once, our own limit. Each takes up to 18 MB: a call in flight, one that waits,
 * one that is collected, and a record. As many as messages, so usually none waits for another.
 */
const MAX_OPEN_STREAMS = WORK_QUEUE.batchSize;

function groupByStream(refs: LogObjectRef[], names: readonly string[]): Map<string, LogObjectRef[]> {
  const groups = new Map<string, LogObjectRef[]>();
  for (const ref of refs) {
    const stream = chooseStream(names, ref);
    const group = groups.get(stream);
    if (group) group.push(ref);
    else groups.set(stream, [ref]);
  }
  return groups;
}

interface StreamDelivery {
  stream: string;
  objects: ObjectResult[];
  sent: SendCounts;
  error: Error | undefined;
}

/** Delivers the objects of one stream, independently of the other streams. */
async function deliverToStream(
  stream: string,
  refs: LogObjectRef[],
  run: Omit<StreamRun, 'stream' | 'writer'>,
): Promise<StreamDelivery> {
  const { settings, firehose, deadline, pacers, clock, random, counts, keyError, reading } = run;
  const share = (limit: number) => Math.ceil(limit / run.streams);
  const writer = new StreamWriter({
    ...{ ...settings, firehose, deadline, clock, random },
    ...{ deliveryStreamName: stream, pacer: pacers?.get(stream) },
    maxCallsInFlight: share(settings.maxCallsInFlight),
  });
  const objects: ObjectResult[] = [];
  const queue = refs.values();
  const readers = Array.from({ length: share(settings.maxObjectsInFlight) }, async () => {
    for (const ref of queue)
      objects.push(await reading.run(() => deliverObject(ref, { ...run, stream, writer })));
  });
  await Promise.all(readers);
  await writer.finish();
  counts.eventBytes += writer.eventBytes;
  const { counts: sent, error } = writer.sender;
  const deliveryError = keyError ?? error;
  if (deliveryError) for (const object of objects) object.deliveryError = deliveryError;
  return { stream, objects, sent, error };
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

interface StreamRun extends PipelineContext, OpenedRedactor {
  counts: PipelineCounts;
  /** Streams that this invocation writes to. */
  streams: number;
  /** Limits how many objects are read at once. */
  reading: Semaphore;
  stream: string;
  writer: StreamWriter;
}

async function deliverObject(ref: LogObjectRef, run: StreamRun): Promise<ObjectResult> {
  const { s3, settings, deadline, clock, counts, keyError, reading, stream } = run;
  const { packer, sender } = run.writer;
  const recordRun = { settings, redactor: run.redactor, packer };
  const ledger = new ObjectLedger(remainingOf(ref));
  const place = { path: pathOf(ref), time: timeOfLogObject(ref.key) ?? new Date(clock.now()).toISOString() };
  const canContinue = () => !deadline.isNear() && !sender.isClosed && !keyError;

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    for (let record = nextRecord(); record; record = nextRecord()) {
      if (!ledger.wants(record.index)) continue;
      while (!sender.hasRoom) {
        // A stream that throttles does not keep objects of other streams from being read.
        await reading.pause(() => sender.waitForRoom());
        if (!canContinue()) return false;
      }
      ledger.recordsRead++;
      const { path, time } = place;
      deliverRecord(record, { path, time, index: record.index }, ledger, recordRun);
    }
    return canContinue();
  }

  const unread = { ref, stream, etag: ref.etag, ledger };
  if (isGivenUp(ref, settings, clock.now()))
    return { ...unread, outcome: 'given-up', error: new GivenUpError(ref, clock.now()) };
  if (!canContinue()) return { ...unread, outcome: 'not-started' };
  const object = new OpenObject(s3, ref, deadline.signal, clock);
  const result = (outcome: ObjectResult['outcome'], error?: Error, unknown?: string) => ({
    ref,
    stream,
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

type RecordRun = Pick<StreamRun, 'settings' | 'redactor'> & { packer: Packer };

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
