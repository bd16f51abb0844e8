/** A thread of `normalize`: reads the files that it is sent, one at a time, and normalizes batches of other files. */
import { parentPort, workerData } from 'node:worker_threads';
import type { S3Client } from '@aws-sdk/client-s3';
import type { OpenBytes } from '../../lambda/read/gunzip.ts';
import { openFile } from '../open-file.ts';
import { type Batch, normalizeBatch } from './batch.ts';
import { createEventMaker } from './event-maker.ts';
import { normalizeFile } from './normalize-file.ts';
import { PartSender } from './part-sender.ts';
import type { S3Object } from './s3-object.ts';
import type { FileToRead, FromWorker, ToWorker } from './worker-messages.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a thread of normalize');

const maker = createEventMaker(workerData);
const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const sender = new PartSender((parts, lines) => send({ type: 'parts', parts, lines }, [lines.buffer]));
const stop = new AbortController();
let s3: S3Client | undefined;

port.on('message', async (message: ToWorker) => {
  if (message.type === 'read') await readFiles(message.files);
  else if (message.type === 'read-on') sender.takeBack(message.memory);
  else if (message.type === 'batch') answerBatch(message.batch);
  else stop.abort();
});

async function readFiles(files: readonly FileToRead[]): Promise<void> {
  for (const [index, { file, source }] of files.entries()) {
    const isRead = await normalizeFile(
      file,
      await openSource(source),
      maker,
      async ({ lines, ...counts }) => {
        await sender.add(index, counts, lines);
        return !stop.signal.aborted;
      },
    );
    sender.endFile(isRead);
    if (!isRead) break;
  }
  await sender.flush();
  send({ type: 'done' });
}

async function openSource(source: string | S3Object): Promise<OpenBytes> {
  if (typeof source === 'string') return openFile(source);
  // Loaded only here: files on disk need no SDK.
  const { createS3Client, openS3Object } = await import('./s3-object.ts');
  s3 ??= createS3Client();
  return openS3Object(s3, source, stop.signal);
}

function answerBatch(batch: Batch): void {
  const answer = normalizeBatch(batch, maker);
  const memory = answer.chunk?.lines.buffer;
  send({ type: 'batch', answer }, [answer.bytes.buffer, ...(memory ? [memory] : [])]);
}
