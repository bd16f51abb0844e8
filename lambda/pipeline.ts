import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from './clock.ts';
import { WORK_QUEUE } from './contract.ts';
import type { Deadline } from './deadline.ts';
import { groupByStream } from './deliver/choose-stream.ts';
import type { Pacer } from './deliver/pacer.ts';
import { type SendCounts, sumSends } from './deliver/send-counts.ts';
import { StreamWriter } from './deliver/stream-writer.ts';
import { deliverObject, type ObjectResult } from './deliver-object.ts';
import type { Redactor } from './select/redactor.ts';
import { Semaphore } from './semaphore.ts';
import type { Settings } from './settings.ts';
import type { LogObjectRef } from './trigger/log-object-ref.ts';

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
  const refsByStream = groupByStream(context.settings.deliveryStreamNames, refs);
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

/** What the streams of an invocation share. */
interface InvocationRun extends PipelineContext, OpenedRedactor {
  counts: PipelineCounts;
  /** Streams that this invocation writes to. */
  streams: number;
  /** Limits how many objects are read at once. */
  reading: Semaphore;
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
  run: InvocationRun,
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
