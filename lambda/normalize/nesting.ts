import { endOfString } from './number-source.ts';

/** Far more than a CloudTrail record has: the deepest one in `events/objects/` has 11. */
export const MAX_LEVELS = 10_000;

/**
 * Whether more than `MAX_LEVELS` braces and brackets are open at once, including the record's own brace.
 * Those inside strings do not count.
 *
 *   {"a":[{"b":"[["}]}   →   3 levels
 *
 * Call it before JSON.parse, which needs 600 MB for 4 MiB of `[`. Correct for any text: JSON.parse stops at
 * the first character that is not JSON, and until then it pairs brackets and quotes in the same way.
 */
export function nestsTooDeep(text: string): boolean {
  // Each level takes a character, so the length rules out almost all records. Counting rules out nearly all
  // others, at a tenth of the cost of the scan.
  if (text.length <= MAX_LEVELS || !hasManyOpenings(text)) return false;
  let levels = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++levels > MAX_LEVELS) return true;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) levels--;
  }
  return false;
}

/** Whether the text has enough braces and brackets to nest too deep, including those inside strings. */
function hasManyOpenings(text: string): boolean {
  let openings = 0;
  for (const opening of '{[') {
    for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at + 1)) {
      if (++openings > MAX_LEVELS) return true;
    }
  }
  return false;
}

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
