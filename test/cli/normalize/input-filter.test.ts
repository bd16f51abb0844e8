import { describe, expect, it } from 'vitest';
import { createFileFilter, type FilterOptions } from '../../../cli/normalize/input-filter.ts';
import { passes, type RecordFilter } from '../../../cli/normalize/record-filter.ts';

const NAME = '111122223333_CloudTrail_eu-west-3_20261103T0900Z_a1B2.json.gz';
const DAY = '/x/AWSLogs/o-abc1234567/111122223333/CloudTrail-Insight/eu-west-3/2026/11/03/';
const at = (time: string) => Date.parse(time);

describe('createFileFilter', () => {
  it.each<[string, FilterOptions, string, 'nothing' | 'everything']>([
    ['no option', {}, 'x.json', 'everything'],
    ['since, one minute above', { since: at('2026-11-03T09:01Z') }, NAME, 'nothing'],
    ['since, at', { since: at('2026-11-03T09:00Z') }, NAME, 'everything'],
    ['until, at', { until: at('2026-11-03T09:00Z') }, NAME, 'nothing'],
    ['until, one minute above', { until: at('2026-11-03T09:01Z') }, NAME, 'everything'],
    ['the day before', { until: at('2026-11-03') }, `${DAY}x.json`, 'nothing'],
    ['the whole day', { since: at('2026-11-03'), until: at('2026-11-04') }, `${DAY}x.json`, 'everything'],
    ['the account of the folder', { account: ['111122223333'] }, `${DAY}x.json`, 'everything'],
    ['another account', { account: ['444455556666'] }, `${DAY}x.json`, 'nothing'],
    ['one of two accounts', { account: ['444455556666', '111122223333'] }, NAME, 'everything'],
    ['the Region of the folder', { region: ['eu-west-3'] }, `${DAY}x.json`, 'everything'],
    ['another Region', { region: ['us-east-1'] }, NAME, 'nothing'],
    ['the kind of the folder', { kind: ['insight'] }, `${DAY}x.json`, 'everything'],
    ['another kind', { kind: ['insight'] }, NAME, 'nothing'],
    ['an excluded name', { exclude: ['*Insight*'] }, `${DAY}x.json`, 'nothing'],
    ['another excluded name', { exclude: ['*Digest*'] }, `${DAY}x.json`, 'everything'],
  ])('decides by the name: %s', (_, options, path, choice) => {
    expect(createFileFilter(options)(path)).toBe(choice);
  });

  it.each<[string, FilterOptions, RecordFilter]>([
    ['account', { account: ['111122223333'] }, { accounts: ['111122223333'] }],
    ['region', { region: ['eu-west-3'] }, { regions: ['eu-west-3'] }],
    ['kind', { kind: ['log'] }, { kinds: ['log'] }],
    ['since', { since: 5 }, { range: { startMs: 5, endMs: Number.POSITIVE_INFINITY } }],
    ['until', { until: 5 }, { range: { startMs: Number.NEGATIVE_INFINITY, endMs: 5 } }],
  ])('leaves to the records what a name does not tell: %s', (_, options, filter) => {
    expect(createFileFilter(options)('/x/export.json')).toEqual(filter);
  });

  it('leaves a part of a day to the records, but not what the folders tell', () => {
    const since = at('2026-11-03T12:00Z');
    const filter = createFileFilter({ since, account: ['111122223333'] })(`${DAY}x.json`);
    expect(filter).toEqual({ range: { startMs: since, endMs: Number.POSITIVE_INFINITY } });
  });

  it('refuses an empty range', () => {
    expect(() => createFileFilter({ since: 5, until: 5 })).toThrow('--since must be before --until');
  });
});

const TOO_DEEP = `{"eventCategory":"Insight","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
const MANAGEMENT = {
  eventTime: '2026-11-03T09:00:00Z',
  awsRegion: 'eu-west-3',
  recipientAccountId: '111122223333',
  userIdentity: { accountId: '444455556666' },
  eventCategory: 'Management',
};
const AGGREGATED = {
  accountId: '111122223333',
  eventCategory: 'Aggregated',
  timeWindow: { windowStart: '2026-11-03T09:00:00Z' },
};
const range = (start: string, end: string) => ({ range: { startMs: at(start), endMs: at(end) } });

describe('passes', () => {
  it.each<[string, object | string, RecordFilter, boolean]>([
    ['everything', MANAGEMENT, {}, true],
    ['at the start', MANAGEMENT, range('2026-11-03T09:00:00Z', '2026-11-04'), true],
    ['before the start', MANAGEMENT, range('2026-11-03T09:00:01Z', '2026-11-04'), false],
    ['at the end', MANAGEMENT, range('2026-11-01', '2026-11-03T09:00:00Z'), false],
    ['before the end', MANAGEMENT, range('2026-11-01', '2026-11-03T09:00:01Z'), true],
    ['the account that received it', MANAGEMENT, { accounts: ['111122223333'] }, true],
    ['the account of its caller', MANAGEMENT, { accounts: ['444455556666'] }, false],
    ['its caller, in an old record', { userIdentity: { accountId: '1' } }, { accounts: ['2'] }, false],
    ['its Region', MANAGEMENT, { regions: ['eu-west-3'] }, true],
    ['another Region', MANAGEMENT, { regions: ['us-east-1'] }, false],
    ['management events are of kind log', MANAGEMENT, { kinds: ['log'] }, true],
    ['data events are too', { eventCategory: 'Data' }, { kinds: ['log'] }, true],
    ['an Insight', { eventCategory: 'Insight' }, { kinds: ['log'] }, false],
    ['an aggregated event by its window', AGGREGATED, range('2026-11-04', '2026-11-05'), false],
    ['an aggregated event by its account', AGGREGATED, { accounts: ['2'] }, false],
    ['a record that does not tell', {}, { kinds: ['log'], accounts: ['1'], regions: ['r'] }, true],
    ['a category of a later time', { eventCategory: 'constructor' }, { kinds: ['log'] }, true],
    ['a record that is not JSON', '{x', { kinds: ['log'] }, true],
    ['a record that is no object', '[1]', { kinds: ['log'] }, true],
    ['a record that nests too deep', TOO_DEEP, { kinds: ['log'] }, true],
  ])('%s', (_, value, filter, expected) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(passes({ index: 0, byte: 0, bytes: text.length, text }, filter)).toBe(expected);
  });
});
