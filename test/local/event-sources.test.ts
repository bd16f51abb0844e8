import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WORK_QUEUE } from '../../lambda/contract.ts';
import { type EventSource, pollQueues } from '../../local/event-sources.ts';
import { type SqsEndpoint, startSqs } from '../../local/sqs/endpoint.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import type { QueueEvent } from '../../local/work-queue.ts';
import { PLENTY_OF_TIME } from '../run-locally.ts';

const clock = new VirtualClock();
let sqs: SqsEndpoint;
beforeAll(async () => {
  sqs = await startSqs({ queues: ['a', 'b', 'dead'], now: clock.now });
});
afterAll(() => sqs.close());
beforeEach(() => sqs.reset());

const DONE = { batchItemFailures: [] };
const options = { clock, startContext: () => PLENTY_OF_TIME };
const bodies = (event: unknown) => (event as QueueEvent).Records.map(({ body }) => body);
const source = (
  queue: string,
  handler: EventSource['handler'],
  more: Partial<EventSource> = {},
): EventSource => ({
  ...{ queue, deadLetterQueue: 'dead', maxConcurrency: 2, handler },
  ...more,
});

describe('queues that are polled', () => {
  it('invoke their functions side by side, each up to its maximum', async () => {
    for (let n = 0; n < 50; n++) for (const queue of ['a', 'b']) sqs.send(queue, `${n}`);
    const running = { a: 0, b: 0 };
    const most = { a: 0, b: 0, both: 0 };
    const received = { a: 0, b: 0 };
    const handler = (name: 'a' | 'b') => async (event: unknown) => {
      received[name] += bodies(event).length;
      most[name] = Math.max(most[name], ++running[name]);
      most.both = Math.max(most.both, running.a + running.b);
      await new Promise(setImmediate);
      running[name]--;
      return DONE;
    };
    await pollQueues(
      sqs,
      [source('a', handler('a')), source('b', handler('b'), { maxConcurrency: 1 })],
      options,
    );
    expect(received).toEqual({ a: 50, b: 50 });
    expect(most).toEqual({ a: 2, b: 1, both: 3 });
  });

  it('redeliver what fails or is lost after the visibility timeout, then dead-letter it', async () => {
    sqs.send('a', 'fails');
    sqs.send('a', 'throws');
    sqs.send('a', 'good');
    const startedAt = clock.now();
    const seen: string[] = [];
    await pollQueues(
      sqs,
      [
        source('a', async (event) => {
          const { Records } = event as QueueEvent;
          seen.push(
            ...Records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`),
          );
          const failed = Records.filter(({ body }) => body !== 'good');
          if (failed.length === 1 && failed[0]?.body === 'throws') throw new Error('killed');
          return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
        }),
      ],
      { ...options, visibilityMs: 60_000 },
    );
    const receives = (body: string) => seen.filter((text) => text.startsWith(body)).length;
    expect([receives('good'), receives('fails'), receives('throws')]).toEqual([1, 5, WORK_QUEUE.maxReceives]);
    expect(sqs.messages('dead').map(({ body }) => body)).toEqual(['fails', 'throws']);
    expect(clock.now() - startedAt).toBe(5 * 60_000);
  });

  it('receive what an invocation sends meanwhile', async () => {
    sqs.send('a', '3');
    const seen: string[] = [];
    const handler = async (event: unknown) => {
      for (const body of bodies(event)) {
        seen.push(body);
        if (body !== '0') sqs.send('b', `${Number(body) - 1}`);
      }
      return DONE;
    };
    await pollQueues(sqs, [source('a', handler), source('b', handler)], options);
    expect(seen).toEqual(['3', '2', '1', '0']);
  });

  it('are left alone while they are paused, and after a stop', async () => {
    for (const queue of ['a', 'b']) sqs.send(queue, 'x');
    const stop = new AbortController();
    const seen: string[] = [];
    const handler = (name: string) => async () => {
      seen.push(name);
      sqs.send(name, 'again');
      stop.abort();
      return DONE;
    };
    const sources = [source('a', handler('a'), { isPaused: () => true }), source('b', handler('b'))];
    await pollQueues(sqs, sources, { ...options, stop: stop.signal });
    expect(seen).toEqual(['b']);
    expect([sqs.messages('a').length, sqs.messages('b').length]).toEqual([1, 1]);
  });
});
