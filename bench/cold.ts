import { createReadStream } from 'node:fs';
import { createHandler } from '../lambda/handler.ts';
import { cpuMicroseconds } from './measure.ts';
import { processObject } from './stages.ts';

/** A new container: what loading and initialising cost, and then the first small object. */
createHandler({ DELIVERY_STREAM_NAME: 'bench' });
const initialised = cpuMicroseconds();
const startedAt = performance.now();
await processObject(() => createReadStream(process.argv[2] ?? ''), 'lines');
const firstObject = cpuMicroseconds() - initialised;
const firstObjectMs = performance.now() - startedAt;
console.log(JSON.stringify({ initialised, firstObject, firstObjectMs }));
