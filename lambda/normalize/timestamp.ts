/**
 * Normalizes a time to `@timestamp`: RFC 3339 in UTC, ending in `Z`, the fraction kept digit for digit.
 *
 * Accepts RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339#section-5.6), even with a space for the `T` or
 * without an offset (then it is UTC). Converts any other offset.
 *
 * @returns `undefined` for anything else: better no timestamp than a wrong one
 */
export function normalizeTimestamp(eventTime: string): string | undefined {
  if (USUAL.test(eventTime)) return eventTime;
  const match = RFC_3339.exec(eventTime);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', offset = ''] =
    match;
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const offsetMinutes = minutesOf(offset);
  if (offsetMinutes === undefined) return undefined;

  const upToMinute = shift(`${year}-${month}-${day}T${hour}:${minute}`, -offsetMinutes);
  if (upToMinute === undefined) return undefined;
  // A leap second ends a day of UTC, never another minute.
  if (second === '60' && !upToMinute.endsWith('T23:59')) return undefined;
  // Unchanged text is one flat string: see `flattenValue`.
  if (eventTime[10] === 'T' && offset === 'Z') return eventTime;
  return `${upToMinute}:${second}${fraction}Z`;
}

/** What CloudTrail writes, up to day 28. To take a time apart costs a twentieth of an event. */
const USUAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?$/;

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return (
    day <=
    (month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31)
  );
}

/** Minutes east of UTC; `undefined` for an hour past 23 or a minute past 59. */
function minutesOf(offset: string): number | undefined {
  if (offset.length < 6) return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4));
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Moves `YYYY-MM-DDTHH:mm` by `minutes`; `undefined` if the result is outside the years 0000 to 9999. */
function shift(upToMinute: string, minutes: number): string | undefined {
  if (minutes === 0) return upToMinute;
  const moved = new Date(Date.parse(`${upToMinute}Z`) + minutes * 60_000).toISOString();
  return moved.length === 24 ? moved.slice(0, 16) : undefined;
}
