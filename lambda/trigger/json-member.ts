/** Looks into JSON of unknown shape. */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member at a path; `undefined` where any step of it is missing. */
export function memberAt(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

/** The text at a path; `undefined` where there is none, or an empty one. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const member = memberAt(value, ...path);
  return typeof member === 'string' && member !== '' ? member : undefined;
}
