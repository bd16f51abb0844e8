import { isObject } from './json-member.ts';

/** A notification of a shape that this project does not know. */
export class UnknownNotificationError extends Error {
  override name = 'UnknownNotificationError';

  constructor(shape: string) {
    super(`no known notification: ${shape}`);
  }
}

/** Says what something is by the names of its members; never by its values. */
export function describeShape(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (!isObject(value)) return value === null ? 'null' : `a ${typeof value}`;
  const names = Object.keys(value).filter((name) => /^[A-Za-z][\w-]{0,40}$/.test(name));
  return names.length > 0
    ? `an object with ${names.slice(0, 8).join(', ')}`
    : 'an object without known members';
}
