/** One step of a path: a member by name, any member, any element, or any number of members and elements. */
export type Step = { name: string } | '*' | '[*]' | '**';

/** What is replaced of a value: all of it, or what follows its first colon. */
export type Part = 'value' | 'after colon';

/** A path whose values are secret. */
export interface SecretPath {
  steps: readonly Step[];
  part: Part;
}

/** Far more than a CloudTrail record needs. */
const MAX_STEPS = 32;

/**
 * Parses a path from the record's root: names separated by dots, and `[*]` for every element of a list.
 *
 *   resources[*].type      requestParameters.tagSet[*].value
 *
 * @param mayWander whether `*` (any member) and a leading `**` (any depth) are allowed too
 * @returns `undefined` if it is not a path. A name with a dot, bracket, star, quote, backslash, control character or a
 *   space around it has none, and neither has `$`
 */
export function parsePath(text: string, mayWander: boolean): Step[] | undefined {
  const steps: Step[] = [];
  for (const [i, part] of text.split('.').entries()) {
    const match = PART.exec(part);
    // A path of JSONPath, or spaces around a dot, would be a name that no record has.
    if (!match || part === '$' || part !== part.trim()) return undefined;
    const [, name = '', lists = ''] = match;
    const isWild = name === '*' || name === '**';
    // A list at the root has elements, but no name.
    if (name === '' && (i > 0 || lists === '')) return undefined;
    if (isWild && (!mayWander || (name === '**' && i > 0))) return undefined;
    if (isWild) steps.push(name);
    else if (name !== '') steps.push({ name });
    for (let depth = 0; depth < lists.length; depth += '[*]'.length) steps.push('[*]');
  }
  return steps.length > MAX_STEPS ? undefined : steps;
}

/** A name, `*` or `**`, and the lists below it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const PART = /^(\*{0,2}|[^[\].*"\\\u0000-\u001f]*)((?:\[\*\])*)$/;
