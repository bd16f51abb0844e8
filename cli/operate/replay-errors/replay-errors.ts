import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { CallError } from '../../../lambda/aws/call-error.ts';
import { systemClock } from '../../../lambda/clock.ts';
import { chooseStream } from '../../../lambda/deliver/choose-stream.ts';
import { LogObjectError } from '../../../lambda/read/log-object-error.ts';
import { ObjectReplacedError } from '../../../lambda/read/object-replaced-error.ts';
import { formatCount } from '../../format.ts';
import { Progress } from '../../progress.ts';
import { BucketReader, type ListedObject } from '../bucket-reader.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { adviceFor, explainError } from '../explain-error.ts';
import { readOutputs } from '../stack-outputs.ts';
import type { ErrorFolder } from './error-folder.ts';
import { ErrorObject } from './error-object.ts';
import { moveObject } from './move-object.ts';
import {
  type ErrorReplay,
  isFailed,
  type ReplayedObject,
  renderErrorReplay,
  renderJson,
  renderSummary,
} from './replay-errors-summary.ts';
import { sendErrors } from './send-errors.ts';

/** Options of `replay errors` as Commander parses them. */
export interface ReplayErrorsOptions {
  stack: string;
  stream?: string[];
  yes?: boolean;
  json?: boolean;
}

/**
 * Puts the records of error objects into the streams again, if asked to. One object after the other: if the process is
 * killed, at most one object repeats. Prints the result even if an error or a signal ends it early.
 */
export async function replayErrors(
  folder: ErrorFolder,
  options: ReplayErrorsOptions,
  stop: AbortSignal,
): Promise<void> {
  const { stack, yes: isSending = false, json: isJson = false } = options;
  const streams = options.stream ?? (await readOutputs(stack, stop)).streams;
  const s3 = new S3Client(CLIENT_OPTIONS);
  // The sender has its own retries.
  const firehose = new FirehoseClient({ ...CLIENT_OPTIONS, maxAttempts: 1 });
  try {
    const listed = await listObjects(new BucketReader(s3, stop), folder);
    const objects: ReplayedObject[] = [];
    try {
      const run = { s3, firehose, ...folder, streams, isSending, stop };
      for await (const object of replayAll(run, listed)) objects.push(object);
    } finally {
      report({ ...folder, stream: streams.join(', '), isSending, objects, listed: listed.length }, isJson);
    }
  } finally {
    s3.destroy();
    firehose.destroy();
  }
  stop.throwIfAborted();
}

interface Run extends ErrorFolder {
  readonly s3: S3Client;
  readonly firehose: FirehoseClient;
  /** Each object goes to one of them. */
  readonly streams: readonly string[];
  readonly isSending: boolean;
  readonly stop: AbortSignal;
}

/** A prefix like `errors/x` also matches no other folder, because it names the first one completely. */
async function listObjects(reader: BucketReader, { bucket, prefix }: ErrorFolder): Promise<ListedObject[]> {
  const listed: ListedObject[] = [];
  // The console creates an empty object for a folder.
  for await (const object of reader.objects(bucket, prefix))
    if (!object.key.endsWith('/')) listed.push(object);
  return listed;
}

async function* replayAll(run: Run, listed: readonly ListedObject[]) {
  const progress = new Progress({ totalBytes: listed.reduce((sum, { bytes }) => sum + bytes, 0) });
  let [bytesDone, records] = [0, 0];
  const show = () => progress.update(bytesDone, formatCount(records, 'record'));
  try {
    for (const { key, bytes } of listed) {
      if (run.stop.aborted) return;
      const object = await replayObject(run, key, () => {
        records++;
        show();
      });
      bytesDone += bytes;
      show();
      yield object;
      // The stream would refuse the next object as well.
      if (object.fate === 'not sent') return;
    }
  } finally {
    progress.stop();
  }
}

async function replayObject(run: Run, key: string, onRecord: () => void): Promise<ReplayedObject> {
  const { s3, bucket, isSending, stop } = run;
  const object = new ErrorObject(s3, bucket, key, stop);
  const nothing = { key, counts: new Map(), malformed: [], malformedLines: 0 };
  try {
    const content = { key, ...(await object.scan()) };
    if (content.malformedLines > 0) return { ...content, fate: 'malformed' };
    if (!isSending) return { ...content, fate: 'would send' };
    const failure = await send(run, chooseStream(run.streams, { key }), object, onRecord);
    if (failure !== undefined) return { ...content, fate: 'not sent', failure };
    const unmoved = await moveObject(s3, bucket, key, object.etag);
    return unmoved === undefined
      ? { ...content, fate: 'moved' }
      : { ...content, fate: 'not moved', failure: unmoved };
  } catch (error) {
    if (stop.aborted) return { ...nothing, fate: 'not sent', failure: 'interrupted' };
    return { ...nothing, fate: 'unreadable', failure: reasonOf(error, `s3://${bucket}/${key}`) };
  }
}

/** @returns why not every record was acknowledged */
async function send(
  { firehose, stop }: Run,
  stream: string,
  object: ErrorObject,
  onRecord: () => void,
): Promise<string | undefined> {
  const options = { firehose, stream, clock: systemClock, stop, onRecord };
  const { isComplete, acknowledged, error } = await sendErrors(object.records(), options);
  if (isComplete) return undefined;
  const call = {
    name: 'Firehose PutRecordBatch',
    action: 'firehose:PutRecordBatch',
    target: `stream ${stream}`,
  };
  if (error !== undefined && adviceFor(call, error) !== undefined) throw explainError(call, error);
  const reason =
    error?.message ?? (stop.aborted ? 'interrupted' : 'the stream accepted nothing for 5 minutes');
  return acknowledged === 0 ? reason : `${reason}; ${formatCount(acknowledged, 'record')} will repeat`;
}

/**
 * @returns why one object cannot be read
 * @throws the error if others cannot be read either
 */
function reasonOf(error: unknown, target: string): string {
  if (error instanceof ObjectReplacedError) return 'the object was replaced';
  if (error instanceof LogObjectError) return error.message;
  if (!(error instanceof CallError)) throw error;
  const call = { name: error.call, action: 's3:GetObject', target };
  if (adviceFor(call, error) !== undefined) throw explainError(call, error);
  return error.message;
}

function report(replay: ErrorReplay, isJson: boolean): void {
  if (isJson) console.log(renderJson(replay));
  else if (replay.objects.length > 0) console.log(renderErrorReplay(replay).join('\n'));
  for (const line of renderSummary(replay)) console.error(line);
  process.exitCode = isFailed(replay) ? 1 : 0;
}
