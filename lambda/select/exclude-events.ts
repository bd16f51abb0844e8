import { compare, type Matcher } from './matcher.ts';
import { parsePath } from './path-pattern.ts';
import type { Rule } from './rule-set.ts';

/** Name of all rules of the short form. A file's rules have no capitals. */
export const SHORT_FORM = 'excludeEvents';

/**
 * Parses the short form of rules, like `kms.amazonaws.com:Decrypt, s3.amazonaws.com:*`: `eventSource`, a colon, and
 * `eventName` or `*` for every call of that service. An Insights event has both in `insightDetails`.
 *
 * @param name  name of the setting, for the error message
 * @param rules separated by commas. @default - no rules
 * @returns rules that drop records, all of one name
 * @throws Error if a rule is malformed
 */
export function parseExcludeEvents(name: string, rules: string | undefined): Rule[] {
  const excluded = (rules ?? '')
    .split(',')
    .map((rule) => rule.trim())
    .filter(Boolean);
  for (const rule of excluded) {
    if (!/^[\w.-]+:([\w.-]+( [\w.-]+)*|\*)$/.test(rule)) {
      throw new Error(
        `${name} must contain rules of the form provider:action only (got "${rule}"). Use rules like kms.amazonaws.com:Decrypt or s3.amazonaws.com:*, separated by commas.`,
      );
    }
  }
  return excluded.flatMap((rule) => {
    const [source = '', name = ''] = rule.split(':');
    const call = (parent: string) => [
      matcher(`${parent}eventSource`, source),
      ...(name === '*' ? [] : [matcher(`${parent}eventName`, name)]),
    ];
    return [call(''), [matcher('eventSource'), ...call('insightDetails.')]].map(
      (match): Rule => ({ name: SHORT_FORM, action: 'drop', match }),
    );
  });
}

function matcher(field: string, equals?: string): Matcher {
  const condition = equals === undefined ? { absent: true as const } : { equals };
  return { field, path: parsePath(field, false) ?? [], holds: compare(condition, false) };
}
