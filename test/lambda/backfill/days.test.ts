import { describe, expect, it } from 'vitest';
import { daysOf, folderOf, isInRange, shiftDay } from '../../../lambda/backfill/days.ts';

const PREFIX = 'AWSLogs/111122223333/CloudTrail/eu-west-3/';
const range = (from: string, until: string) => ({
  ...{ job: 'job', bucket: 'bucket', prefix: PREFIX, order: 'oldest-first' as const },
  ...{ from, until },
});
const keyAt = (day: string, time: string) =>
  `${PREFIX}${day}/111122223333_CloudTrail_eu-west-3_${day.replaceAll('/', '')}T${time}Z_a.json.gz`;

describe('a key', () => {
  it.each([
    ['a minute before from', keyAt('2026/01/01', '1159'), false],
    ['at from', keyAt('2026/01/01', '1200'), true],
    ['a minute before until', keyAt('2026/01/03', '0559'), true],
    ['at until', keyAt('2026/01/03', '0600'), false],
  ])('%s', (_name, key, isIn) => {
    expect(isInRange(key, range('2026-01-01T12:00:00Z', '2026-01-03T06:00:00Z'))).toBe(isIn);
  });

  it.each([
    ['on the day before', '2025/12/31', false],
    ['on the first day', '2026/01/01', true],
    ['on the last day', '2026/01/31', true],
    ['on the day after', '2026/02/01', false],
  ])('%s without a time in its name is judged by its folder', (_name, day, isIn) => {
    expect(isInRange(`${PREFIX}${day}/copy.json.gz`, range('2026-01-01', '2026-02-01'))).toBe(isIn);
  });

  it.each(['2026/01/32', '2026/13/01', '2026/1/1', 'other', '20260101'])(
    'outside the folder of a day is not in range: %s',
    (folder) => {
      const key = keyAt('2026/01/01', '1200').replace('/2026/01/01/', `/${folder}/`);
      expect(isInRange(key, range('2026-01-01', '2026-02-01'))).toBe(false);
    },
  );
});

describe('the days of a range', () => {
  it.each([
    ['2026-01-01', '2026-01-02', '2026-01-01', '2026-01-01'],
    ['2026-01-01', '2026-01-02T00:00:00.001Z', '2026-01-01', '2026-01-02'],
    ['2026-01-01T23:59Z', '2026-01-02T00:01Z', '2026-01-01', '2026-01-02'],
    ['2024-02-28', '2024-03-01', '2024-02-28', '2024-02-29'],
  ])('from %s until %s are %s to %s', (from, until, first, last) => {
    expect(daysOf(range(from, until))).toEqual({ first, last });
  });

  it('have a folder each', () => {
    expect(folderOf(range('2026-01-01', '2026-01-02'), '2026-01-01')).toBe(`${PREFIX}2026/01/01/`);
    expect([shiftDay('2026-03-01', -1), shiftDay('2026-12-31', 1)]).toEqual(['2026-02-28', '2027-01-01']);
  });
});
