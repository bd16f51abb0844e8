/** A thread of `normalize`: reads the files that it is sent, one at a time, and normalizes batches of other files. */
import { parentPort, workerData } from 'node:worker_threads';
import type { S3Client } from '@aws-sdk/client-s3';
import type { OpenBytes } from '../../lambda/read/gunzip.ts';
import { openFile } from '../open-file.ts';
import { type Batch, normalizeBatch } from './batch.ts';
import type { Chunk } from './chunk.ts';
import { createEventMaker } from './event-maker.ts';
import { normalizeFile } from './normalize-file.ts';
import type { S3Object } from './s3-object.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a thread of normalize');

const maker = createEventMaker(workerData);
const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const stop = new AbortController();
let s3: S3Client | undefined;
let onAnswer: ((goOn: boolean) => void) | undefined;

port.on('message', async (message: ToWorker) => {
  if (message.type === 'read-on') onAnswer?.(message.goOn);
  else if (message.type === 'batch') answerBatch(message.batch);
  else if (message.type === 'stop') stop.abort();
  else {
    const isRead = await normalizeFile(message.file, await openSource(message.source), maker, sendAhead());
    send({ type: 'done', isRead });
  }
});

async function openSource(source: string | S3Object): Promise<OpenBytes> {
  if (typeof source === 'string') return openFile(source);
  // Loaded only here: files on disk need no SDK.
  const { createS3Client, openS3Object } = await import('./s3-object.ts');
  s3 ??= createS3Client();
  return openS3Object(s3, source, stop.signal);
}

/** Sends each chunk while the one before is written. */
function sendAhead(): (chunk: Chunk) => Promise<boolean> {
  let before = Promise.resolve(true);
  return async (chunk) => {
    const goOn = await before;
    before = new Promise((resolve) => {
      onAnswer = resolve;
    });
    const lines = new Uint8Array(chunk.lines);
    send({ type: 'chunk', chunk: { ...chunk, lines } }, [lines.buffer]);
    return goOn;
  };
}

function answerBatch(batch: Batch): void {
  const answer = normalizeBatch(batch, maker);
  const memory = answer.chunk?.lines.buffer;
  send({ type: 'batch', answer }, [answer.bytes.buffer, ...(memory ? [memory] : [])]);
}
