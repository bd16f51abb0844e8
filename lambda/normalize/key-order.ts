import { endOfString } from './number-source.ts';

/** Makes a key no integer. */
export const KEY_MARK = '#';

/**
 * Puts a mark before every key, so that objects keep the order of the text: JSON.parse moves keys that are integers
 * to the front.
 *
 *   {"b":"x","1":{"0":[]}}   →   {"#b":"x","#1":{"#0":[]}}
 *
 * @param json text that JSON.parse accepts
 */
export function markKeys(json: string): string {
  let marked = '';
  let copied = 0;
  for (let at = json.indexOf('"'); at !== -1; at = json.indexOf('"', at + 1)) {
    const end = endOfString(json, at);
    if (isKey(json, end)) {
      marked += json.slice(copied, at + 1) + KEY_MARK;
      copied = at + 1;
    }
    at = end;
  }
  return marked + json.slice(copied);
}

/** Whether a colon follows the string that ends at `end`. */
function isKey(json: string, end: number): boolean {
  COLON.lastIndex = end + 1;
  return COLON.test(json);
}

const COLON = /\s*:/y;
