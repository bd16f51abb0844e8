/** The part of a string that a glob reads. Tests count the reads. */
export type Characters = Pick<string, 'length' | 'charCodeAt' | 'indexOf' | 'startsWith' | 'endsWith'>;

/**
 * Compiles a pattern in which `*` stands for any characters, including none. Every other character stands for itself.
 *
 * The text may come from an attacker, like `userAgent`. So there is no backtracking: each literal part takes the first
 * place where it occurs, which never rules out a match of the parts after it. A search for a part reads each character
 * once (Knuth, Morris and Pratt), and the entire match each at most twice.
 */
export function compileGlob(pattern: string): (text: Characters) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text.length === first.length && text.startsWith(first);
  const parts = rest.filter(Boolean).map((part) => ({ part, first: part.charAt(0), shifts: shiftsOf(part) }));
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    return parts.every(({ part, first, shifts }) => {
      let matched = 0;
      while (matched < part.length && at < end) {
        if (matched > 0) matched = extend(part, shifts, matched, text.charCodeAt(at++));
        else {
          // The runtime finds the first unit of a part faster than this loop.
          const index = text.indexOf(first, at);
          if (index === -1 || index >= end) return false;
          at = index + 1;
          matched = 1;
        }
      }
      return matched === part.length;
    });
  };
}

/** For each prefix of a part: the length of its longest proper suffix that is also a prefix. */
function shiftsOf(part: string): number[] {
  const shifts = [0];
  for (let i = 1; i < part.length; i++)
    shifts.push(extend(part, shifts, shifts[i - 1] ?? 0, part.charCodeAt(i)));
  return shifts;
}

/** @returns the length of the longest prefix of a part that ends with this unit, after one of length `matched` */
function extend(part: string, shifts: number[], matched: number, unit: number): number {
  let length = matched;
  while (length > 0 && part.charCodeAt(length) !== unit) length = shifts[length - 1] ?? 0;
  return part.charCodeAt(length) === unit ? length + 1 : length;
}
