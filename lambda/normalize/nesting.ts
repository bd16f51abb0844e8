import { endOfString } from './number-source.ts';

/** Far more than a CloudTrail record has: the deepest one in `events/objects/` has 11. */
export const MAX_LEVELS = 10_000;

/**
 * Whether more than `MAX_LEVELS` braces and brackets are open at once, the record's own brace included. Those inside
 * strings do not count.
 *
 *   {"a":[{"b":"[["}]}   →   3 levels
 *
 * Decides before JSON.parse allocates: 4 MiB of `[` take 600 MB. Right for any text, because JSON.parse stops at the
 * first character that is not JSON, and up to there brackets and quotes pair as they do here.
 */
export function nestsTooDeep(text: string): boolean {
  // Each level takes a character, so almost every record is decided by its length. Counting decides nearly all others
  // for a tenth of what the scan costs.
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

/** Whether the text has enough braces and brackets to nest too deep, those inside strings included. */
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
