import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type CursorRange, formatCursor, newCursor, parseCursor } from '../../lambda/backfill/cursor.ts';
import type { LogLine } from '../../lambda/backfill/log-lines.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import type { Handler } from '../../local/account.ts';
import { pollQueues } from '../../local/event-sources.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import type { QueueEvent } from '../../local/work-queue.ts';
import { createRandom } from '../../samples/random.ts';
import { BUCKET, s3Event, unpackEvents, useLocalAccount } from '../run-locally.ts';

const OBJECTS = Number(process.env.BACKFILL_OBJECTS ?? 20_000);
const PREFIXES = ['eu-west-1', 'eu-west-3'].map((region) => `AWSLogs/111122223333/CloudTrail/${region}/`);
const DAYS = 28;
const seed = Number(process.env.SIMULATION_SEED ?? 1);

const clock = new VirtualClock();
const local = useLocalAccount(clock);

/** The queue dead-letters a message after five receives. */
const SPARED_RECEIVES = 4;

/**
 * Kills every invocation that runs, at a request that is drawn: none of its further requests arrives. Spares them while one
 * has a message with few receives left: the queue would rightly dead-letter it.
 */
function createKiller(random: ReturnType<typeof createRandom>) {
  const state = { kills: 0, isDown: false, running: 0, spared: 0 };
  let requestsToLive = random.int(500, 4_000);
  const refuse = (): { kind: 'refuse' } | undefined => {
    if (!state.isDown && (state.spared > 0 || --requestsToLive > 0)) return undefined;
    if (!state.isDown) {
      state.isDown = true;
      state.kills++;
    }
    return { kind: 'refuse' };
  };
  return {
    state,
    faults: { s3: refuse, firehose: refuse, sqs: refuse },
    wrap(handler: Handler, onKill: (event: QueueEvent) => void): Handler {
      return async (event, context) => {
        // New containers start after the killed ones.
        while (state.isDown) await new Promise(setImmediate);
        state.running++;
        const isSpared = (event as QueueEvent).Records.some(
          ({ attributes }) => Number(attributes.ApproximateReceiveCount) >= SPARED_RECEIVES,
        );
        if (isSpared) state.spared++;
        const answer = await handler(event, context).finally(() => {
          state.running--;
          if (isSpared) state.spared--;
        });
        if (!state.isDown) return answer;
        onKill(event as QueueEvent);
        if (state.running === 0) {
          state.isDown = false;
          requestsToLive = random.int(500, Math.max(4_000, OBJECTS / 4));
        }
        throw new Error('the invocation was killed');
      };
    },
  };
}

it(`delivers ${OBJECTS} objects next to new ones, at two invocations at once and with kills`, async () => {
  process.env.AWS_MAX_ATTEMPTS = '1';
  const killer = createKiller(createRandom(seed));
  local.reset(killer.faults);
  const { s3, sqs, queues, environment, backfillEnvironment } = local.account();
  const keys = putObjects();
  const touched = new Map<string, number>();
  const touch = (key: string) => touched.set(key, (touched.get(key) ?? 0) + 1);
  const pagesAfter = (cursor: { prefix: string; startAfter: string }) =>
    (keys.get(cursor.prefix) ?? []).filter((key) => key > cursor.startAfter).slice(0, 1_000);
  const touchAll = ({ Records }: QueueEvent) => {
    for (const { body } of Records) {
      const cursor = parseCursor(JSON.parse(body));
      const hit = cursor ? pagesAfter(cursor) : parseNotification(body).refs.map(({ key }) => key);
      for (const key of hit) touch(key);
    }
  };

  const lines: LogLine[] = [];
  const log = (line: LogLine) => lines.push(line);
  const settings = { PACKING: 'gzip' };
  const live = local.createHandler({ ...environment, ...settings });
  const backfill = local.createHandler({ ...backfillEnvironment, ...settings }, { log });
  let invocations = 0;
  const waiting = new Map<string, number>();
  const waits: number[] = [];

  const liveHandler: Handler = async (event, context) => {
    const answer = await live.handler(event, context);
    for (const { body } of (event as QueueEvent).Records)
      for (const { key } of parseNotification(body).refs) {
        if (!touched.has(key)) waits.push(invocations - (waiting.get(key) ?? 0));
        waiting.delete(key);
      }
    return answer;
  };
  const backfillHandler: Handler = (event, context) => {
    if (++invocations % 5 === 0) {
      const key = `${PREFIXES[0]}2026/11/22/111122223333_CloudTrail_eu-west-1_20261122T1200Z_${invocations}.json.gz`;
      s3.putObject(BUCKET, key, objectOf(key));
      waiting.set(key, invocations);
      sqs.send(queues.live.queue, JSON.stringify(s3Event(key)));
    }
    return backfill.handler(event, context);
  };

  for (const prefix of PREFIXES) sqs.send(queues.backfill.queue, formatCursor(newCursor(rangeOf(prefix))));
  const sources = [
    { ...queues.live, handler: killer.wrap(liveHandler, touchAll), maxConcurrency: 2 },
    { ...queues.backfill, handler: killer.wrap(backfillHandler, touchAll), maxConcurrency: 2 },
  ];
  await pollQueues(sqs, sources, { clock, startContext });

  const copies = new Map<string, number>();
  for (const { message } of unpackEvents(local.taken)) {
    const [, key = ''] = /"key":"([^"]+)"/.exec(String(message)) ?? [];
    copies.set(key, (copies.get(key) ?? 0) + 1);
  }
  const lost = [...keys.values()].flat().filter((key) => !copies.has(key));
  expect(lost.slice(0, 3)).toEqual([]);
  const tooMany = [...copies].filter(([key, count]) => count > 1 + (touched.get(key) ?? 0));
  expect(tooMany.slice(0, 3)).toEqual([]);
  const repeated = [...copies.values()].reduce((sum, count) => sum + count - 1, 0);
  const { kills } = killer.state;
  console.log(
    JSON.stringify({ kills, invocations, repeated, live: waits.length, mostWaits: Math.max(...waits) }),
  );
  expect(kills).toBeGreaterThan(3);
  expect(waits.length).toBeGreaterThan(3);
  // At the time of its notification, two invocations of the backfill may be about to start.
  expect(Math.max(...waits)).toBeLessThanOrEqual(4);
  expect([...waiting.keys()].filter((key) => !copies.has(key))).toEqual([]);
  expect(live.reports.reduce((sum, { resumes }) => sum + resumes, 0)).toBe(0);
  for (const { deadLetterQueue } of [queues.live, queues.backfill])
    expect(sqs.messages(deadLetterQueue)).toEqual([]);
  const done = lines.flatMap((line) => ('backfillDone' in line ? [line.backfillDone.prefix] : []));
  expect([...new Set(done)].sort()).toEqual(PREFIXES);
});

function rangeOf(prefix: string): CursorRange {
  return {
    ...{ job: 'job', bucket: BUCKET, prefix, from: '2026-01-01', until: '2026-02-01' },
    order: prefix === PREFIXES[0] ? 'oldest-first' : 'newest-first',
  };
}

/** A killed invocation retries on the virtual clock until its time is over. */
function startContext() {
  const endsAt = clock.now() + 300_000;
  return { getRemainingTimeInMillis: () => endsAt - clock.now() };
}

/** Puts one object of one record per key. @returns the keys by prefix, in order */
function putObjects(): Map<string, string[]> {
  const { s3 } = local.account();
  const perDay = Math.ceil(OBJECTS / PREFIXES.length / DAYS);
  return new Map(
    PREFIXES.map((prefix) => {
      const keys: string[] = [];
      for (let day = 1; day <= DAYS; day++) {
        const date = String(day).padStart(2, '0');
        for (let n = 0; n < perDay; n++)
          keys.push(
            `${prefix}2026/01/${date}/111122223333_CloudTrail_x_202601${date}T1200Z_${String(n).padStart(6, '0')}.json.gz`,
          );
      }
      for (const key of keys) s3.putObject(BUCKET, key, objectOf(key));
      return [prefix, keys];
    }),
  );
}

function objectOf(key: string): Buffer {
  return gzipSync(`{"Records":[{"key":"${key}"}]}`, { level: 1 });
}
