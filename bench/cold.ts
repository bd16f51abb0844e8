import { createReadStream } from 'node:fs';
import { createHandler } from '../lambda/handler.ts';
import { cpuMicroseconds } from './measure.ts';
import { processObject } from './stages.ts';

/** Measures a new container: loading and initializing, then the first small object. */
createHandler({ DELIVERY_STREAM_NAME: 'bench' });
const initialized = cpuMicroseconds();
const startedAt = performance.now();
await processObject(() => createReadStream(process.argv[2] ?? ''), 'lines');
const firstObject = cpuMicroseconds() - initialized;
const firstObjectMs = performance.now() - startedAt;
console.log(JSON.stringify({ initialized, firstObject, firstObjectMs }));
