/** A thread of `normalize`: reads the files that it is sent, one at a time. */
import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createEventMaker } from './event-maker.ts';
import { type Chunk, normalizeFile } from './normalize-file.ts';
import { type FromWorker, READ_BYTES, type ToWorker } from './worker-messages.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a thread of normalize');

const maker = createEventMaker(workerData);
const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
let onAnswer: ((goOn: boolean) => void) | undefined;

port.on('message', async (message: ToWorker) => {
  if (message.type === 'read-on') onAnswer?.(message.goOn);
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
    // A short text is in memory that it shares with others.
    const lines = new Uint8Array(chunk.lines);
    send({ type: 'chunk', chunk: { ...chunk, lines } }, [lines.buffer]);
    return goOn;
  };
}
