import type { JsonObject } from '../normalize/event.ts';
import { endOfSpaces, endOfString, type Secret } from './find-secrets.ts';
import { valueAt } from './parsed-path.ts';

/**
 * Finds the secret of a record with only one key that is searched for, without a scan. Nearly every secret of CloudTrail
 * is one of these:
 *
 *   {"responseElements":{"credentials":{"sessionToken":"c2VjcmV0"}}}
 *
 * The parsed record tells whether a path leads to a text. If it does, its last key is in the record's text, and it is
 * the only one there. So its value is that text, and no other path leads to a secret.
 *
 * @param from   index after the key's colon
 * @param parsed the parsed record
 * @param paths  those that end with a key that is searched for, and have only names
 * @returns `undefined` if no path leads to a text: another spelling, `**`, or JSON in a string
 */
export function findOnlySecret(
  text: string,
  from: number,
  parsed: JsonObject,
  paths: readonly (readonly string[])[],
): Secret | undefined {
  for (const path of paths) {
    const content = valueAt(parsed, path);
    if (typeof content !== 'string') continue;
    const start = endOfSpaces(text, from);
    return { from: start, to: endOfString(text, start) + 1, content, place: 'value', path };
  }
  return undefined;
}
