import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from './clock.ts';
import type { Deadline } from './deadline.ts';
import { ObjectLedger } from './deliver/ledger.ts';
import type { StreamWriter } from './deliver/stream-writer.ts';
import { deliverRecord } from './deliver-record.ts';
import { timeOfLogObject } from './normalize/pipeline-error.ts';
import { OpenObject } from './read/open-object.ts';
import { type NextRecord, type ReadResult, readRecords } from './read/read-records.ts';
import type { Redactor } from './select/redactor.ts';
import type { Semaphore } from './semaphore.ts';
import type { Settings } from './settings.ts';
import { isGivenUp, type LogObjectRef, MS_PER_HOUR, pathOf } from './trigger/log-object-ref.ts';
import { remainingOf } from './trigger/remaining-records.ts';

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

/** What the objects of a stream share. */
export interface ObjectRun {
  s3: S3Client;
  settings: Settings;
  deadline: Deadline;
  clock: Clock;
  counts: { inflatedBytes: number };
  /** @default - nothing is replaced */
  redactor?: Redactor | undefined;
  /** Why secrets cannot be replaced. No object is started then. */
  keyError?: Error | undefined;
  /** Limits how many objects are read at once, over all streams. */
  reading: Semaphore;
  stream: string;
  writer: StreamWriter;
}

/**
 * Reads a log object and passes its events to the writer of its stream. Firehose accepts them later, which the ledger of
 * the result shows. Never throws: an error is part of the result.
 */
export async function deliverObject(ref: LogObjectRef, run: ObjectRun): Promise<ObjectResult> {
  const { s3, settings, deadline, clock, counts, stream } = run;
  const ledger = new ObjectLedger(remainingOf(ref));
  const unread = { ref, stream, etag: ref.etag, ledger };
  if (isGivenUp(ref, settings, clock.now()))
    return { ...unread, outcome: 'given-up', error: new GivenUpError(ref, clock.now()) };
  if (!canContinue(run)) return { ...unread, outcome: 'not-started' };
  const object = new OpenObject(s3, ref, deadline.signal, clock);
  const result = (outcome: ObjectResult['outcome'], error?: Error, unknown?: string) => ({
    ...{ ref, stream, etag: object.etag, storedBytes: object.storedBytes, ledger, outcome, unknown },
    ...(error && { error }),
  });
  const onInflated = (bytes: number) => {
    counts.inflatedBytes += bytes;
  };
  try {
    const { outcome, recordsSeen, unknown } = await readRecords(
      () => object.bytes(),
      recordReceiver(ref, ledger, run),
      { ...settings, firstRecord: ref.nextRecord, onInflated },
    );
    // A resume message may ask for records past the end of the object.
    if (outcome !== 'stopped' && ledger.nextUnread !== recordsSeen)
      throw new Error(`expected to process ${recordsSeen} records, got to ${ledger.nextUnread}`);
    return result(outcome, undefined, unknown);
  } catch (error) {
    if (deadline.signal.aborted) return result('stopped', object.outage);
    return result('failed', error instanceof Error ? error : new Error('the thrown value is not an Error'));
  }
}

function canContinue({ deadline, writer, keyError }: ObjectRun): boolean {
  return !deadline.isNear() && !writer.sender.isClosed && !keyError;
}

/** Returns what delivers the records of each chunk, and tells the reader whether to continue. */
function recordReceiver(ref: LogObjectRef, ledger: ObjectLedger, run: ObjectRun) {
  const { settings, redactor, reading, clock } = run;
  const { packer, sender } = run.writer;
  const recordRun = { settings, redactor, packer };
  const path = pathOf(ref);
  const time = timeOfLogObject(ref.key) ?? new Date(clock.now()).toISOString();
  return async (nextRecord: NextRecord): Promise<boolean> => {
    for (let record = nextRecord(); record; record = nextRecord()) {
      if (!ledger.wants(record.index)) continue;
      while (!sender.hasRoom) {
        // A stream that throttles does not keep objects of other streams from being read.
        await reading.pause(() => sender.waitForRoom());
        if (!canContinue(run)) return false;
      }
      ledger.recordsRead++;
      deliverRecord(record, { path, time, index: record.index }, ledger, recordRun);
    }
    return canContinue(run);
  };
}

/** The object is not read, because services have refused it for longer than `giveUpAfterHours`. */
class GivenUpError extends Error {
  override name = 'GivenUpError';

  constructor({ refusedSince = 0 }: LogObjectRef, now: number) {
    super(`refused for ${Math.floor((now - refusedSince) / MS_PER_HOUR)} hours`);
  }
}
