import type { JsonObject, JsonValue, Scalar } from './event.ts';

/**
 * What counts as a value. A value of the wrong kind counts as absent: it still stands in `message` and in
 * the flattened text, so nothing is lost by leaving it out of a field it does not fit.
 */

/** The value of a scalar field; `undefined` where it is absent, `null`, empty text, an object or an array. */
export function scalar(value: JsonValue | undefined): Scalar | undefined {
  return value === '' ? undefined : scalarOrEmpty(value);
}

/** The same for a member of a picked object, where empty text is a value. */
export function scalarOrEmpty(value: JsonValue | undefined): Scalar | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  // `1e999` is a number in JSON, and none that could be written again.
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Text that is not empty. */
export function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An object; anything else counts as one without members. */
export function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : NO_MEMBERS;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object itself, or `undefined` where none of its members has a value: no empty parent is delivered. */
export function unlessEmpty<T extends object>(candidate: T): T | undefined {
  for (const key in candidate) if (candidate[key] !== undefined) return candidate;
  return undefined;
}

const NO_MEMBERS: JsonObject = Object.freeze(Object.create(null));
