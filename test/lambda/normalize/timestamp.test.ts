import { describe, expect, it } from 'vitest';
import { normalizeTimestamp } from '../../../lambda/normalize/timestamp.ts';

const DAYS = {
  '01': 31,
  '03': 31,
  '04': 30,
  '05': 31,
  '06': 30,
  '07': 31,
  '08': 31,
  '09': 30,
  10: 31,
  11: 30,
  12: 31,
};
const YEARS = { 1900: 28, 2000: 29, 2023: 28, 2024: 29, 2100: 28, 2400: 29, '0000': 29, '0100': 28 };
const MONTHS = [
  ...Object.entries(DAYS).map(([month, days]) => [`2023-${month}`, days] as const),
  ...Object.entries(YEARS).map(([year, days]) => [`${year}-02`, days] as const),
];

/** Asserts that the time is valid and stays unchanged. */
const expectKept = (time: string) => expect([time, normalizeTimestamp(time)]).toEqual([time, time]);
const expectRefused = (time: string) => expect([time, normalizeTimestamp(time)]).toEqual([time, undefined]);

describe('a timestamp', () => {
  it.each(MONTHS)('in %s has days 1 to %i', (month, days) => {
    for (let day = 1; day <= days; day++) expectKept(`${month}-${String(day).padStart(2, '0')}T00:00:00Z`);
    for (const day of ['00', days + 1, 32, 99]) expectRefused(`${month}-${day}T00:00:00Z`);
  });

  it.each(['00', '13', '20', '99'])('has no month %s', (month) => {
    for (const day of ['01', '28', '31']) expectRefused(`2023-${month}-${day}T00:00:00Z`);
  });

  it('has hours 0 to 23', () => {
    for (const hour of ['00', '09', '10', '23']) expectKept(`2023-05-17T${hour}:00:00Z`);
    for (const hour of ['24', '25', '99']) expectRefused(`2023-05-17T${hour}:00:00Z`);
  });

  it('has minutes 0 to 59', () => {
    for (const minute of ['00', '09', '59']) expectKept(`2023-05-17T10:${minute}:00Z`);
    for (const minute of ['60', '61', '99']) expectRefused(`2023-05-17T10:${minute}:00Z`);
  });

  it('has seconds 0 to 59, and 60 only at the end of a day of UTC', () => {
    for (const second of ['00', '09', '59']) expectKept(`2023-05-17T10:00:${second}Z`);
    expectKept('2016-12-31T23:59:60Z');
    expectKept('2016-12-31T23:59:60.5Z');
    for (const time of ['23:59:61', '23:59:99', '23:58:60', '22:59:60', '00:00:60', '00:59:60', '10:00:61']) {
      expectRefused(`2016-12-31T${time}Z`);
    }
  });

  it.each([
    ['2017-01-01T00:59:60+01:00', '2016-12-31T23:59:60Z'],
    ['2016-12-31T15:59:60-08:00', '2016-12-31T23:59:60Z'],
    ['2017-01-01T05:29:60+05:30', '2016-12-31T23:59:60Z'],
    ['2016-12-31T23:59:60+01:00', undefined],
    ['2016-12-31T23:59:60-00:01', undefined],
  ])('with a leap second and an offset: %s is %s', (time, expected) => {
    expect(normalizeTimestamp(time)).toBe(expected);
  });

  it.each([
    ['2023-05-17T10:20:30+00:00', '2023-05-17T10:20:30Z'],
    ['2023-05-17T10:20:30-00:00', '2023-05-17T10:20:30Z'],
    ['2023-05-17T10:20:30+01:00', '2023-05-17T09:20:30Z'],
    ['2023-05-17T10:20:30-01:00', '2023-05-17T11:20:30Z'],
    ['2023-05-17T10:20:30+05:45', '2023-05-17T04:35:30Z'],
    ['2023-05-17T10:20:30-03:30', '2023-05-17T13:50:30Z'],
    ['2023-05-17T10:20:30+23:59', '2023-05-16T10:21:30Z'],
    ['2023-05-17T10:20:30-23:59', '2023-05-18T10:19:30Z'],
    ['2024-03-01T00:00:00+00:01', '2024-02-29T23:59:00Z'],
    ['2100-03-01T00:00:00+00:01', '2100-02-28T23:59:00Z'],
    ['2023-12-31T23:59:59-00:01', '2024-01-01T00:00:59Z'],
    ['0000-01-01T00:01:00+00:01', '0000-01-01T00:00:00Z'],
    ['0000-01-01T00:00:00+00:01', undefined],
    ['9999-12-31T23:58:59-00:01', '9999-12-31T23:59:59Z'],
    ['9999-12-31T23:59:00-00:01', undefined],
    ['2023-05-17T10:20:30+24:00', undefined],
    ['2023-05-17T10:20:30-24:00', undefined],
    ['2023-05-17T10:20:30+00:60', undefined],
    ['2023-05-17T10:20:30-23:60', undefined],
    ['2023-05-17T10:20:30+0100', undefined],
    ['2023-05-17T10:20:30+01', undefined],
    ['2023-05-17T10:20:30+1:00', undefined],
  ])('with an offset: %s is %s', (time, expected) => {
    expect(normalizeTimestamp(time)).toBe(expected);
  });

  it.each([
    ['2023-05-17t10:20:30z', '2023-05-17T10:20:30Z'],
    ['2023-05-17t10:20:30Z', '2023-05-17T10:20:30Z'],
    ['2023-05-17T10:20:30z', '2023-05-17T10:20:30Z'],
    ['2023-05-17T10:20:30', '2023-05-17T10:20:30Z'],
    ['2023-05-17 10:20:30Z', '2023-05-17T10:20:30Z'],
    ['2023-05-17 10:20:30', '2023-05-17T10:20:30Z'],
    ['2023-05-17T10:20:30.1234567890+01:00', '2023-05-17T09:20:30.1234567890Z'],
    ['2023-05-17T10:20:30.0Z', '2023-05-17T10:20:30.0Z'],
    ['2023-05-17T10:20:30.Z', undefined],
    ['2023-05-17T10:20:30,5Z', undefined],
    ['2023-05-17T10:20Z', undefined],
    ['2023-05-17_10:20:30Z', undefined],
    ['2023-5-17T10:20:30Z', undefined],
    ['12023-05-17T10:20:30Z', undefined],
    ['+02023-05-17T10:20:30Z', undefined],
    [' 2023-05-17T10:20:30Z', undefined],
    ['2023-05-17T10:20:30Z ', undefined],
    ['2023-05-17T10:20:30Z\n', undefined],
    ['', undefined],
  ])('written as %j is %s', (time, expected) => {
    expect(normalizeTimestamp(time)).toBe(expected);
  });
});
