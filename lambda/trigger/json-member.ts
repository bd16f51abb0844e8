/** Accessors for JSON of unknown shape. */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the member at a path; `undefined` if any step is missing. */
export function memberAt(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

/** Returns the string at a path; `undefined` if there is none or it is empty. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const member = memberAt(value, ...path);
  return typeof member === 'string' && member !== '' ? member : undefined;
}
