/** A thread of `normalize`: reads the files that it is sent, one at a time, and normalizes batches of other files. */
import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, normalizeBatch } from './batch.ts';
import type { Chunk } from './chunk.ts';
import { createEventMaker } from './event-maker.ts';
import { normalizeFile } from './normalize-file.ts';
import { type FromWorker, READ_BYTES, type ToWorker } from './worker-messages.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a thread of normalize');

const maker = createEventMaker(workerData);
const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
let onAnswer: ((goOn: boolean) => void) | undefined;

port.on('message', async (message: ToWorker) => {
  if (message.type === 'read-on') onAnswer?.(message.goOn);
  else if (message.type === 'batch') answerBatch(message.batch);
  else {
    const { file, path } = message;
    const open = () => createReadStream(path, { highWaterMark: READ_BYTES });
    const isRead = await normalizeFile(file, open, maker, sendAhead());
    send({ type: 'done', isRead });
  }
});

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
