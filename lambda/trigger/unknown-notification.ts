import { isObject } from './json-member.ts';

/** Thrown for a notification of an unknown shape. */
export class UnknownNotificationError extends Error {
  override name = 'UnknownNotificationError';

  constructor(shape: string) {
    super(`unrecognized notification: ${shape}`);
  }
}

/** Describes a value by the names of its members, never by their values. */
export function describeShape(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (!isObject(value)) return value === null || value === undefined ? `${value}` : `a ${typeof value}`;
  const names = Object.keys(value).filter((name) => /^[A-Za-z][\w-]{0,40}$/.test(name));
  return names.length > 0
    ? `an object with ${names.slice(0, 8).join(', ')}`
    : 'an object without known members';
}
