import { scalarOrEmpty } from '../normalize/value.ts';
import { type Condition, compare, type Matcher } from './matcher.ts';
import { parsePath } from './path-pattern.ts';
import type { Rule } from './rule-set.ts';
import { asObject, type Members, parseFile, type Report, reportUnknown } from './selection-file.ts';

/** Each rule that drops a record is a metric of its own, which CloudWatch bills. */
const MAX_RULES = 100;
/** The name of a rule is the value of a metric's dimension, and part of an alarm's name. */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const MAX_GLOB_LENGTH = 1_024;

/**
 * Parses a file of rules:
 *
 *   { "version": 1, "rules": [
 *     { "name": "kms-by-services", "action": "drop", "match": [
 *       { "field": "eventSource", "equals": "kms.amazonaws.com" },
 *       { "field": "eventName", "anyOf": ["Decrypt", "GenerateDataKey"] },
 *       { "field": "userIdentity.invokedBy", "glob": "*.amazonaws.com" },
 *       { "field": "errorCode", "absent": true } ] } ] }
 *
 * @param file where the text is from, for the error
 * @throws SelectionFileError with every problem
 */
export function parseRules(file: string, text: string): Rule[] {
  return parseFile(file, text, ['rules'], ({ rules }, report) => {
    if (!Array.isArray(rules)) report('"rules" must be a list');
    const given = Array.isArray(rules) ? rules : [];
    if (given.length > MAX_RULES)
      report(`has ${given.length} rules, expected at most ${MAX_RULES}. Join some with anyOf`);
    const names = new Set<unknown>();
    return given.map((rule, i) => parseRule(asObject(rule), i, names, report));
  });
}

function parseRule(rule: Members, index: number, names: Set<unknown>, reportInFile: Report): Rule {
  const { name, action, match, broad } = rule;
  const isNamed = typeof name === 'string' && NAME.test(name);
  const place = isNamed ? `rule ${name}` : `rule ${index + 1}`;
  const report: Report = (problem) => reportInFile(`${place}: ${problem}`);
  if (!isNamed) report('"name" must be lowercase letters, digits and hyphens, like "kms-by-services"');
  else if (names.has(name)) report('the name is taken. Write another "name"');
  names.add(name);
  if (action !== 'drop' && action !== 'keep') report('"action" must be "drop" or "keep"');
  reportUnlessTrue('broad', broad, report);
  reportUnknown(rule, ['name', 'action', 'match', 'broad'], report);
  const given = Array.isArray(match) ? match.map(asObject) : [];
  if (given.length === 0)
    report('"match" must be a list of matchers, like [{"field": "eventName", "equals": "Decrypt"}]');
  else if (action === 'drop' && broad !== true && !isNarrow(given))
    report(
      'drops records without naming both eventSource and eventName with equals or anyOf, which helps an attacker to hide. Write both, or "broad": true if it is intended',
    );
  const matchers = given.map((matcher, i) =>
    parseMatcher(matcher, (problem) => reportInFile(`${place}, matcher ${i + 1}: ${problem}`)),
  );
  return { name: String(name), action: action === 'keep' ? 'keep' : 'drop', match: matchers };
}

/** Whether the rule says which calls it is about. A glob or a negation may be as wide as no matcher. */
function isNarrow(match: readonly Members[]): boolean {
  return ['eventSource', 'eventName'].every((name) =>
    match.some(({ field, not, equals, anyOf }) => field === name && !not && (equals ?? anyOf) !== undefined),
  );
}

function parseMatcher(matcher: Members, report: Report): Matcher {
  const { field, not } = matcher;
  const path = typeof field === 'string' ? parsePath(field, false) : undefined;
  if (!path) report('"field" must be a path of the record, like "userIdentity.type" or "resources[*].type"');
  reportUnlessTrue('not', not, report);
  const kinds = Object.keys(CONDITIONS) as (keyof Condition)[];
  reportUnknown(matcher, ['field', 'not', ...kinds], report);
  const present = kinds.filter((kind) => matcher[kind] !== undefined);
  const [kind = 'absent'] = present;
  const [isValid, expected] = CONDITIONS[kind];
  if (present.length !== 1) report(`must have exactly one of ${kinds.join(', ')}`);
  else if (!isValid(matcher[kind])) report(`"${kind}" must be ${expected}`);
  const condition: Condition = isValid(matcher[kind]) ? { [kind]: matcher[kind] } : {};
  return { field: String(field), path: path ?? [], holds: compare(condition, not === true) };
}

/** What each condition compares with. */
const CONDITIONS: Record<keyof Condition, [isValid: (value: unknown) => boolean, expected: string]> = {
  equals: [isScalar, 'a text, a number, true or false'],
  anyOf: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isScalar),
    'a list of texts, numbers, true or false',
  ],
  glob: [
    (value) => typeof value === 'string' && value.length <= MAX_GLOB_LENGTH,
    `a text of at most ${MAX_GLOB_LENGTH} characters, like "*.amazonaws.com"`,
  ],
  absent: [(value) => value === true, 'true. Write "not": true too for a field that is present'],
};

function isScalar(value: unknown): boolean {
  return scalarOrEmpty(value as string | undefined) !== undefined;
}

function reportUnlessTrue(name: string, given: unknown, report: Report): void {
  if (given !== undefined && given !== true) report(`"${name}" must be true. Write true or remove it`);
}
