import { describe, expect, it } from 'vitest';
import { chooseStream, groupByStream } from '../../../lambda/deliver/choose-stream.ts';
import { createRandom } from '../../../samples/random.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Names a log object as CloudTrail does: one of a few accounts and regions, every five minutes, and 16 characters. */
function realKeys(count: number): string[] {
  const random = createRandom(1);
  return Array.from({ length: count }, (_, i) => {
    const account = random.pick(['111122223333', '444455556666', '777788889999']);
    const region = random.pick(['eu-west-1', 'us-east-1', 'ap-southeast-2']);
    const time = new Date(Date.UTC(2026, 10, 22) + i * 300_000).toISOString();
    const day = time.slice(0, 10).replaceAll('-', '/');
    const minute = `${time.slice(0, 16).replaceAll(/[-:]/g, '')}Z`;
    const unique = Array.from({ length: 16 }, () => random.pick([...ALPHABET])).join('');
    return `AWSLogs/${account}/CloudTrail/${region}/${day}/${account}_CloudTrail_${region}_${minute}_${unique}.json.gz`;
  });
}

const streams = (count: number) => Array.from({ length: count }, (_, i) => `stream-${i}`);

/** Returns the chi-squared statistic of the keys' streams, and the largest share as a multiple of the mean. */
function spread(keys: string[], count: number) {
  const names = streams(count);
  const counts = new Map(names.map((name) => [name, 0]));
  for (const key of keys) {
    const name = chooseStream(names, { key });
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const mean = keys.length / count;
  const all = [...counts.values()];
  const chiSquared = all.reduce((sum, each) => sum + (each - mean) ** 2 / mean, 0);
  return { chiSquared, largest: Math.max(...all) / mean, used: all.length };
}

describe('the stream of a log object', () => {
  // The 99.9th percentile of the chi-squared distribution, with one degree of freedom less than there are streams.
  it.each([
    [2, 10.83],
    [3, 13.82],
    [8, 24.32],
    [32, 61.1],
  ])('is one of %i, evenly', (count, limit) => {
    const { chiSquared, largest, used } = spread(realKeys(10_000), count);
    expect(used).toBe(count);
    expect(chiSquared).toBeLessThan(limit);
    expect(largest).toBeLessThan(1.2);
  });

  it('is spread even by names that differ in a counter only', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `AWSLogs/111122223333/CloudTrail/${i}.json.gz`);
    expect(spread(keys, 8).largest).toBeLessThan(1.1);
    expect(spread(keys, 32).largest).toBeLessThan(1.2);
  });

  it('depends on its key only, of any characters', () => {
    const names = streams(7);
    for (const key of ['', 'a', 'été/😀.json.gz', ...realKeys(50)]) {
      const ref = { bucket: 'b', key, nextRecord: 0, attempt: 0 };
      const resumed = { ...ref, bucket: 'c', versionId: 'v', nextRecord: 9, attempt: 3, firstSeen: 5 };
      expect(chooseStream(names, ref)).toBe(chooseStream(names, resumed));
    }
    expect(chooseStream(['only'], { key: 'a' })).toBe('only');
  });

  it('is the same in every version', () => {
    const keys = ['', 'a', 'foobar'].map((key) => chooseStream(streams(1_000), { key }));
    // FNV-1a of these texts: 0x811c9dc5, 0xe40c292c, 0xbf9cf968.
    expect(keys).toEqual(['stream-504', 'stream-890', 'stream-748']);
  });
});

it('groups of a stream keep the order of the objects, and leave out streams without any', () => {
  const names = streams(3);
  const objects = realKeys(20).map((key) => ({ key }));
  const groups = groupByStream(names, objects);
  for (const [stream, own] of groups)
    expect(own).toEqual(objects.filter((object) => chooseStream(names, object) === stream));
  expect([...groups.values()].flat()).toHaveLength(20);
  expect(groupByStream(names, objects.slice(0, 1)).size).toBe(1);
});
