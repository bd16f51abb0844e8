import { describe, expect, it } from 'vitest';
import { byteRate, jobName, kindName } from '../../cli/operate/backfill/backfill-options.ts';
import { commandForRest, restOf } from '../../cli/operate/backfill/cursor-place.ts';
import { estimate, streamQuota } from '../../cli/operate/backfill/estimate.ts';
import { resumeTime } from '../../cli/operate/backfill/pause-backfill.ts';
import { formatDays } from '../../cli/operate/backfill/render-estimate.ts';
import { EVERYTHING, selectKey } from '../../cli/operate/backfill/select-objects.ts';
import { explainError } from '../../cli/operate/explain-error.ts';
import { toCallError } from '../../lambda/aws/call-error.ts';
import { MIN_BYTES_PER_SECOND } from '../../lambda/deliver/limits.ts';

const GIB = 1024 ** 3;

describe('the estimate of a backfill', () => {
  // 10^8 objects of 53 events: 1,300 GiB with gzip, 16 days at 1 MiB/s and 3 at 5 MiB/s.
  const objects = 1e8;
  const guess = (region: string) => estimate(objects, objects * 53 * 142, region);
  const gzip = (region: string) => guess(region).packings[0];

  it('gives the time that the quota of one stream takes', () => {
    expect(guess('eu-west-3').events).toBe(5.3e9);
    expect(guess('eu-west-3').packings.map(({ packing }) => packing)).toEqual(['gzip', 'lines', 'single']);
    expect((gzip('eu-west-3')?.sentBytes ?? 0) / GIB).toBeCloseTo(1_325, 0);
    expect(gzip('eu-west-3')?.days).toBeCloseTo(15.7, 1);
    expect(gzip('us-east-1')?.days).toBeCloseTo(3.14, 2);
  });

  it('adds up the prices of the services', () => {
    // Firehose: 5,300 million events × 0.25 GiB × $0.029. Lambda: $266. GET: $40. LIST: $0.50. SQS: $1.20.
    expect(gzip('eu-west-3')?.dollars).toBeCloseTo(38.43 + 266 + 40 + 0.5 + 1.2, 1);
    const [, lines, single] = guess('eu-west-3').packings;
    expect((lines?.dollars ?? 0) - (gzip('eu-west-3')?.dollars ?? 0)).toBeCloseTo(5_300 * 2.6 * 0.029, 1);
    expect(single?.dollars).toBeGreaterThan(lines?.dollars ?? 0);
  });

  it('knows the Regions with the larger quota', () => {
    const fast = ['us-east-1', 'us-west-2', 'eu-west-1'].map(streamQuota);
    expect(fast).toEqual(Array(3).fill(5 * 1024 ** 2));
    expect(streamQuota('eu-west-3')).toBe(1024 ** 2);
  });

  it.each([
    [0.5 / 1440, 'under a minute'],
    [1 / 1440, '1 min'],
    [89 / 1440, '89 min'],
    [90 / 1440, '1.5 h'],
    [1.99, '47.8 h'],
    [2, '2.0 days'],
    [10, '10 days'],
    [1234.4, '1,234 days'],
  ])('prints %f days as %s', (days, text) => {
    expect(formatDays(days)).toBe(text);
  });
});

describe('the selection of a backfill', () => {
  const span = { startMs: Date.UTC(2026, 10, 3, 9), endMs: Date.UTC(2026, 10, 3, 10) };
  const folder = 'AWSLogs/111122223333/CloudTrail/eu-west-3';
  const at = (time: string) =>
    `${folder}/2026/11/03/111122223333_CloudTrail_eu-west-3_20261103T${time}Z_x.json.gz`;

  it.each([
    [at('0859'), 'other'],
    [at('0900'), 'selected'],
    [at('0959'), 'selected'],
    [at('1000'), 'other'],
    [`${folder}/2026/11/03/renamed.json.gz`, 'selected'],
    [`${folder}/2026/11/02/renamed.json.gz`, 'other'],
    [`${folder}/2026/11/04/renamed.json.gz`, 'other'],
    [`${folder}/renamed.json.gz`, 'undated'],
    ['renamed.json', 'undated'],
    [at('0900').replace('.json.gz', '.csv'), 'other'],
    [at('0900').replaceAll('CloudTrail', 'CloudTrail-Digest'), 'other'],
    ['AWSLogs/111122223333/elasticloadbalancing/eu-west-3/2026/11/03/x.json.gz', 'other'],
  ])('of %s is: %s', (key, selected) => {
    expect(selectKey(key, { span })).toBe(selected);
    // Without a range, a name needs no time.
    const hasTime = selected === 'undated' ? 'selected' : selected;
    if (selected !== 'other') expect(selectKey(key, { span: EVERYTHING })).toBe(hasTime);
  });

  it('is by kind', () => {
    const insight = at('0900').replaceAll('CloudTrail', 'CloudTrail-Insight');
    expect(selectKey(insight, { span, kinds: ['insight'] })).toBe('selected');
    expect(selectKey(insight, { span, kinds: ['log', 'aggregated'] })).toBe('other');
    const future = at('0900').replaceAll('CloudTrail', 'CloudTrail-Future');
    expect(selectKey(future, { span })).toBe('selected');
    expect(selectKey(future, { span, kinds: ['log'] })).toBe('other');
  });
});

describe('the rest of a cursor', () => {
  const cursor = {
    bucket: 'logs',
    prefix: 'my trail/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Insight/eu-west-3/',
    ...{ from: '2026-01-01', until: '2026-11-01T12:00:00Z', order: 'oldest-first' as const, startAfter: '' },
  };
  const key = (time: string) =>
    `${cursor.prefix}2026/07/04/111122223333_CloudTrail-Insight_eu-west-3_${time}Z_x.json.gz`;

  it('starts with the last object', () => {
    expect(restOf(cursor)).toEqual({ from: '2026-01-01', until: cursor.until });
    expect(restOf({ ...cursor, startAfter: key('20260704T0310') }).from).toBe('2026-07-04T03:10:00Z');
    // A page may start before the range, on its first day.
    expect(restOf({ ...cursor, from: '2026-07-04T12:00:00Z', startAfter: key('20260704T0310') }).from).toBe(
      '2026-07-04T12:00:00Z',
    );
  });

  it('with the newest first, ends with the day that is walked', () => {
    const backwards = { ...cursor, order: 'newest-first' as const };
    expect(restOf(backwards)).toEqual({ from: '2026-01-01', until: cursor.until });
    expect(restOf({ ...backwards, day: '2026-03-09' }).until).toBe('2026-03-10');
    expect(restOf({ ...backwards, day: '2026-11-01' }).until).toBe(cursor.until);
  });

  it('is a command that names prefix, organization, account, kind and Region', () => {
    expect(commandForRest({ ...cursor, order: 'newest-first', day: '2026-03-09' }, 'Stack')).toMatch(
      / backfill --from 2026-01-01 --to 2026-03-10 --bucket logs --prefix 'my trail' --organization o-a1b2c3d4e5 --account 111122223333 --kind insight --region eu-west-3 --stack Stack --newest-first --yes$/,
    );
  });
});

describe('the end of a pause', () => {
  const now = Date.UTC(2026, 10, 3);
  const hours = (count: number) => count * 3_600_000;

  it('is six hours before the oldest message expires', () => {
    const queue = { retentionSeconds: 14 * 86_400 };
    expect(resumeTime(queue, 0, now)).toBe(now + hours(14 * 24 - 6));
    expect(resumeTime(queue, 86_400, now)).toBe(now + hours(13 * 24 - 6));
    expect(resumeTime(queue, 14 * 86_400 - 6 * 3600, now)).toBe(now);
    expect(resumeTime(queue, 14 * 86_400, now)).toBe(now);
    expect(resumeTime(queue, undefined, now)).toBeUndefined();
  });
});

describe('an option', () => {
  it('is a kind of the settings, a job, or a rate that the sender keeps', () => {
    expect(kindName('insight', ['log'])).toEqual(['log', 'insight']);
    expect(() => kindName('CloudTrail')).toThrow(
      'Expected one of log, insight, networkActivity, aggregated.',
    );
    expect(jobName('2026-11-03-1a2b3c4d')).toBe('2026-11-03-1a2b3c4d');
    expect(jobName('x'.repeat(64))).toHaveLength(64);
    for (const text of ['', 'x'.repeat(65), 'a b', 'a/b'])
      expect(() => jobName(text)).toThrow('Expected a job');
    expect(byteRate(String(MIN_BYTES_PER_SECOND))).toBe(MIN_BYTES_PER_SECOND);
    expect(byteRate('1000000000')).toBe(1e9);
    for (const text of [String(MIN_BYTES_PER_SECOND - 1), '1000000001', '1e6', '70000.5', ''])
      expect(() => byteRate(text)).toThrow('Expected whole bytes');
  });
});

describe('a wrong clock', () => {
  const call = { name: 'Firehose PutRecordBatch', action: 'firehose:PutRecordBatch', target: 'stream x' };
  const fromAws = (message: string) =>
    Object.assign(new Error(message), {
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403 },
    });
  const message = (thrown: Error) => explainError(call, thrown).message;

  it('is recognized in an error that the sender has wrapped', () => {
    const off = 'the clock of this machine is off. Set it, then run the command again.';
    const expired = fromAws('Signature expired: 20261103T090000Z is now earlier than 20261103T100000Z');
    expect([message(expired), message(toCallError(call.name, expired))]).toEqual([off, off]);
    const wrong = fromAws('The request signature we calculated does not match');
    expect(message(toCallError(call.name, wrong))).toContain('InvalidSignatureException');
  });
});
