import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../lambda/normalize/event.ts';
import { parseRules } from '../../../lambda/select/parse-rules.ts';
import { hold, RuleSet } from '../../../lambda/select/rule-set.ts';

const SOURCES = ['kms.amazonaws.com', 's3.amazonaws.com', 'sts.amazonaws.com'];
const NAMES = ['Decrypt', 'GetObject', 'AssumeRole', 'Sign'];

function ruleSet(...rules: object[]): RuleSet {
  return new RuleSet(parseRules('rules', JSON.stringify({ version: 1, rules })));
}

/** The name of the rule that a single matcher makes, or `undefined`. */
function holds(matcher: object, record: object): boolean {
  const rules = ruleSet({ name: 'r', action: 'drop', broad: true, match: [matcher] });
  return rules.find(record as never) !== undefined;
}

const record: JsonObject = {
  eventSource: 'kms.amazonaws.com',
  eventName: 'Decrypt',
  readOnly: true,
  errorCode: null,
  userIdentity: { invokedBy: 'ec2.amazonaws.com', sessionContext: { attributes: {} } },
  resources: [{ type: 'AWS::KMS::Key' }, { type: 'AWS::S3::Object', tags: [{ key: 'a' }, { key: 'b' }] }, 7],
  sizes: [1, 2.5, 0],
};

describe('a matcher', () => {
  it.each([
    [{ field: 'eventName', equals: 'Decrypt' }, true],
    [{ field: 'eventName', equals: 'decrypt' }, false],
    [{ field: 'readOnly', equals: true }, true],
    [{ field: 'readOnly', equals: 'true' }, false],
    [{ field: 'sizes[*]', equals: 2.5 }, true],
    [{ field: 'sizes', equals: 2.5 }, false],
    [{ field: 'eventName', anyOf: ['Sign', 'Decrypt'] }, true],
    [{ field: 'eventName', anyOf: ['Sign'] }, false],
    [{ field: 'userIdentity.invokedBy', glob: '*.amazonaws.com' }, true],
    [{ field: 'readOnly', glob: '*' }, false],
    [{ field: 'resources[*].type', equals: 'AWS::S3::Object' }, true],
    [{ field: 'resources[*].tags[*].key', equals: 'b' }, true],
    [{ field: 'resources.type', equals: 'AWS::S3::Object' }, false],
    [{ field: 'eventName[*]', equals: 'D' }, false],
    [{ field: 'errorCode', absent: true }, true],
    [{ field: 'missing', absent: true }, true],
    [{ field: 'eventName', absent: true }, false],
    [{ field: 'userIdentity.sessionContext.attributes', absent: true }, false],
    [{ field: 'toString', absent: true }, true],
    [{ field: 'userIdentity.constructor.name', glob: '*' }, false],
    [{ field: '__proto__', absent: true }, true],
  ])('%j holds: %s, and the opposite with `not`', (matcher, expected) => {
    expect(holds(matcher, record)).toBe(expected);
    expect(holds({ ...matcher, not: true }, record)).toBe(!expected);
  });

  it('with `not` holds if no value compares', () => {
    expect(holds({ field: 'sizes[*]', anyOf: [3, 4], not: true }, record)).toBe(true);
    expect(holds({ field: 'sizes[*]', equals: 1, not: true }, record)).toBe(false);
    expect(holds({ field: 'missing', equals: 'a', not: true }, record)).toBe(true);
  });
});

describe('rules', () => {
  const [eventSource, eventName] = [
    { field: 'eventSource', equals: 'kms.amazonaws.com' },
    { field: 'eventName', equals: 'Decrypt' },
  ];
  const failed = { field: 'errorCode', absent: true, not: true };

  it('need all their matchers', () => {
    const rules = ruleSet({ name: 'a', action: 'drop', match: [eventSource, eventName, failed] });
    expect(rules.find(record)).toBeUndefined();
    expect(rules.find({ ...record, errorCode: 'AccessDenied' })?.name).toBe('a');
  });

  it('decide in order: the first one that holds', () => {
    const rules = ruleSet(
      { name: 'failed', action: 'keep', match: [eventSource, failed] },
      { name: 'all', action: 'drop', match: [eventSource, eventName] },
      { name: 'never', action: 'drop', match: [eventSource, eventName] },
    );
    expect(rules.find(record)?.name).toBe('all');
    expect(rules.find({ ...record, errorCode: 'AccessDenied' })).toMatchObject({
      name: 'failed',
      action: 'keep',
    });
    expect(rules.find({ ...record, eventName: 'Sign' })).toBeUndefined();
  });

  it('agree with their reference version, which has no index', () => {
    const value = fc.constantFrom<unknown>('a', 'b', 'ab', 1, true, null);
    const source = fc.constantFrom(...SOURCES);
    const name = fc.constantFrom(...NAMES);
    const condition = (of: fc.Arbitrary<unknown>) =>
      fc.oneof(
        of.filter((given) => given !== null).map((equals) => ({ equals })),
        fc
          .array(
            of.filter((given) => given !== null),
            { minLength: 1, maxLength: 3 },
          )
          .map((anyOf) => ({ anyOf })),
        fc.constantFrom({ glob: '*a*' }, { glob: 'k*' }, { glob: '*' }, { absent: true }),
      );
    const matcher = (field: fc.Arbitrary<string>, of: fc.Arbitrary<unknown>) =>
      fc
        .tuple(field, condition(of), fc.boolean())
        .map(([path, given, not]) => ({ field: path, ...given, ...(not && { not }) }));
    const match = fc.array(
      fc.oneof(
        matcher(fc.constant('eventSource'), source),
        matcher(fc.constant('eventName'), name),
        matcher(fc.constantFrom('x', 'y.z', 'list[*]', 'list[*].x'), value),
      ),
      { minLength: 1, maxLength: 4 },
    );
    const rule = fc.tuple(fc.constantFrom('drop', 'keep'), match);
    // Other kinds of values are not in the index.
    const odd = fc.constantFrom<unknown>(null, 7, ['kms.amazonaws.com'], 'k'.repeat(200));
    const anyRecord = fc.record(
      {
        eventSource: fc.oneof({ weight: 5, arbitrary: source }, odd),
        eventName: fc.oneof({ weight: 5, arbitrary: name }, odd),
        x: value,
        y: fc.record({ z: value }),
        list: fc.array(fc.oneof(value, fc.record({ x: value })), { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    let indexed = 0;
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 8 }),
        fc.array(anyRecord, { minLength: 1, maxLength: 30, size: 'max' }),
        (given, records) => {
          const rules = ruleSet(
            ...given.map(([action, matchers], i) => ({
              name: `r${i}`,
              action,
              broad: true,
              match: matchers,
            })),
          );
          for (const each of records) {
            const expected = rules.rules.find(({ match: all }) => hold(all, each as never));
            expect(rules.find(each as never)).toBe(expected);
            if (expected) found++;
          }
          indexed += rules.lookUps.indexed;
          expect(rules.lookUps.indexed + rules.lookUps.plain).toBe(records.length);
        },
      ),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(500);
    expect(indexed).toBeGreaterThan(500);
  });

  it('answer from the index from the second record of a pair on', () => {
    const rules = ruleSet({ name: 'a', action: 'drop', match: [eventSource, eventName] });
    for (let i = 0; i < 100; i++) rules.find(record);
    expect(rules.lookUps).toEqual({ indexed: 99, plain: 1 });
  });

  it('do not index values that CloudTrail does not write', () => {
    const odd = [[], {}, 7, null, 'k'.repeat(129)] as JsonValue[];
    const rules = ruleSet({ name: 'a', action: 'drop', match: [eventSource, eventName] });
    for (const value of odd) for (let i = 0; i < 2; i++) rules.find({ eventSource: value, eventName: value });
    expect(rules.lookUps).toEqual({ indexed: 0, plain: 2 * odd.length });
    for (let i = 0; i < 2; i++) rules.find({ eventSource: 'k'.repeat(128) });
    expect(rules.lookUps).toEqual({ indexed: 1, plain: 2 * odd.length + 1 });
  });

  it('keep an index of at most 4,096 pairs, and stay correct beyond', () => {
    const rules = ruleSet({ name: 'a', action: 'drop', match: [eventSource, eventName] });
    rules.find(record);
    for (let i = 0; i < 4_095; i++) rules.find({ eventSource: 'x', eventName: `${i}` });
    rules.find(record);
    expect(rules.lookUps).toEqual({ indexed: 1, plain: 4_096 });
    // One more pair empties the index.
    rules.find({ eventSource: 'x', eventName: 'one more' });
    expect(rules.find(record)?.name).toBe('a');
    expect(rules.lookUps).toEqual({ indexed: 1, plain: 4_098 });
  });
});

describe('a file of rules', () => {
  const narrow = [
    { field: 'eventSource', equals: 'kms.amazonaws.com' },
    { field: 'eventName', anyOf: ['Decrypt'] },
  ];
  const rule = { name: 'a', action: 'drop', match: narrow };
  const parse = (...rules: unknown[]) =>
    parseRules('rulesFile=r.json', JSON.stringify({ version: 1, rules }));
  const withMatcher = (matcher: object) => ({ ...rule, match: [...narrow, { field: 'x', ...matcher }] });

  it('may have the rules of the documentation', () => {
    const text = `{ "version": 1, "rules": [
      { "name": "kms-by-services", "action": "drop", "match": [
        { "field": "eventSource", "equals": "kms.amazonaws.com" },
        { "field": "eventName", "anyOf": ["Decrypt", "GenerateDataKey"] },
        { "field": "userIdentity.invokedBy", "glob": "*.amazonaws.com" },
        { "field": "errorCode", "absent": true } ] } ] }`;
    const rules = new RuleSet(parseRules('x', text));
    expect(rules.find(record)?.name).toBe('kms-by-services');
    expect(rules.find({ ...record, errorCode: 'AccessDenied' })).toBeUndefined();
    expect(rules.find({ ...record, userIdentity: { invokedBy: 'alice' } })).toBeUndefined();
  });

  it.each([
    [[], 'rule 1: "name" must be lowercase letters, digits and hyphens, like "kms-by-services"'],
    [{ ...rule, name: 'A' }, 'rule 1: "name" must be'],
    [{ ...rule, name: 'a'.repeat(65) }, 'rule 1: "name" must be'],
    [{ ...rule, action: 'deny' }, 'rule a: "action" must be "drop" or "keep"'],
    [{ ...rule, match: [] }, 'rule a: "match" must be a list of matchers, like [{"field"'],
    [{ ...rule, broad: false }, 'rule a: "broad" must be true. Write true or remove it'],
    [{ ...rule, when: 1 }, 'rule a: "when" is unknown. Write only name, action, match, broad'],
    [{ ...rule, match: [...narrow, 7] }, 'rule a, matcher 3: "field" must be a path of the record'],
    [
      withMatcher({ field: 'a..b', equals: 1 }),
      'rule a, matcher 3: "field" must be a path of the record, like',
    ],
    [withMatcher({ field: '**.a', equals: 1 }), 'rule a, matcher 3: "field" must be a path of the record'],
    [withMatcher({ field: 'a.*', equals: 1 }), 'rule a, matcher 3: "field" must be a path of the record'],
    [withMatcher({}), 'rule a, matcher 3: must have exactly one of equals, anyOf, glob, absent'],
    [
      withMatcher({ equals: 1, glob: 'a' }),
      'rule a, matcher 3: must have exactly one of equals, anyOf, glob, absent',
    ],
    [withMatcher({ equals: null }), 'rule a, matcher 3: "equals" must be a text, a number, true or false'],
    [
      withMatcher({ anyOf: [] }),
      'rule a, matcher 3: "anyOf" must be a list of texts, numbers, true or false',
    ],
    [withMatcher({ anyOf: [{}] }), 'rule a, matcher 3: "anyOf" must be a list'],
    [withMatcher({ glob: 1 }), 'rule a, matcher 3: "glob" must be a text of at most 1024 characters'],
    [
      withMatcher({ glob: 'a'.repeat(1_025) }),
      'rule a, matcher 3: "glob" must be a text of at most 1024 characters',
    ],
    [
      withMatcher({ absent: false }),
      'rule a, matcher 3: "absent" must be true. Write "not": true too for a field that is present',
    ],
    [
      withMatcher({ equals: 1, not: false }),
      'rule a, matcher 3: "not" must be true. Write true or remove it',
    ],
    [withMatcher({ equals: 1, ignoreCase: true }), 'rule a, matcher 3: "ignoreCase" is unknown'],
    [
      withMatcher({ regex: '.*' }),
      'rule a, matcher 3: "regex" is unknown. Write only field, not, equals, anyOf, glob, absent',
    ],
  ])('is refused by the name of its rule: %j', (given, problem) => {
    expect(() => parse(given)).toThrow(`rulesFile=r.json: ${problem}`);
  });

  it.each([
    [[{ field: 'userAgent', glob: 'Boto*' }]],
    [[narrow[0]]],
    [[narrow[1]]],
    [[narrow[0], { ...narrow[1], not: true }]],
    [[narrow[0], { field: 'eventName', glob: '*' }]],
    [[narrow[0], { field: 'eventName', absent: true }]],
  ])('may not drop records of any call, unless it says so: %j', (match) => {
    expect(() => parse({ ...rule, match })).toThrow(
      'rulesFile=r.json: rule a: drops records without naming both eventSource and eventName with equals or anyOf',
    );
    expect(parse({ ...rule, match, broad: true })).toHaveLength(1);
    expect(parse({ ...rule, match, action: 'keep' })).toHaveLength(1);
  });

  it('is refused with every problem at once', () => {
    expect(() => parse(rule, { ...rule, action: 'x' })).toThrow(
      /rule a: the name is taken\. Write another "name"\n.*rule a: "action" must be/,
    );
  });

  it('is refused without its version, with unknown members, and with more than 100 rules', () => {
    const rules = (count: number) => Array.from({ length: count }, (_, i) => ({ ...rule, name: `r${i}` }));
    expect(parse(...rules(100))).toHaveLength(100);
    expect(() => parse(...rules(101))).toThrow('has 101 rules, expected at most 100. Join some with anyOf');
    for (const text of ['', '[]', '{}', '{"rules":{}}'])
      expect(() => parseRules('r', text)).toThrow('r: must be a JSON object with "version": 1');
    expect(() => parseRules('r', '{"rules":[],"Version":1}')).toThrow(
      'r: must be a JSON object with "version": 1\nr: "Version" is unknown. Write only version, rules',
    );
  });

  it('may have names of up to 64 and globs of up to 1,024 characters', () => {
    expect(parse({ ...withMatcher({ glob: 'a'.repeat(1_024) }), name: 'a'.repeat(64) })).toHaveLength(1);
  });
});
