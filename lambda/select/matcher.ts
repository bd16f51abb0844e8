import type { JsonObject, JsonValue, Scalar } from '../normalize/event.ts';
import { compileGlob } from './glob.ts';
import type { Step } from './path-pattern.ts';

/** A condition on the values at one path of a record. */
export interface Matcher {
  /** As in `rules.json`: `userIdentity.invokedBy`. */
  field: string;
  path: readonly Step[];
  /** Whether it holds for the values at the path; without a value, for an empty list. */
  holds(values: readonly JsonValue[]): boolean;
}

/** What a matcher compares with. Exactly one of these is set. */
export interface Condition {
  equals?: Scalar;
  anyOf?: readonly Scalar[];
  glob?: string;
  absent?: true;
}

/**
 * Returns the function that compares. With several values, one that compares is enough. `null` is no value, because
 * CloudTrail writes it for members that a call does not have. `not` negates the result: no value compares.
 */
export function compare({ equals, anyOf, glob, absent }: Condition, not: boolean): Matcher['holds'] {
  if (absent) return (values) => (values.length === 0) !== not;
  if (glob !== undefined) {
    const matches = compileGlob(glob);
    return (values) => values.some((value) => typeof value === 'string' && matches(value)) !== not;
  }
  const wanted = new Set<JsonValue | undefined>(anyOf ?? [equals]);
  return (values) => values.some((value) => wanted.has(value)) !== not;
}

/** Returns the values at a path, without `null`. Reads only the record's own members, not those of its prototype. */
export function valuesAt(record: JsonObject, path: readonly Step[]): JsonValue[] {
  let values: JsonValue[] = [record];
  for (const step of path) {
    const next: JsonValue[] = [];
    for (const value of values) {
      if (typeof value !== 'object' || value === null) continue;
      if (Array.isArray(value)) {
        if (step === '[*]') for (const element of value) next.push(element);
      } else if (typeof step === 'object' && Object.hasOwn(value, step.name)) {
        next.push(value[step.name] as JsonValue);
      }
    }
    values = next;
  }
  return values.filter((value) => value !== null);
}
