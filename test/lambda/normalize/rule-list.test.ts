import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LazyRule } from '../../../lambda/normalize/lazy-rule.ts';
import { LiteralIndex, MIN_LITERAL_LENGTH } from '../../../lambda/normalize/literal-index.ts';
import { RuleList } from '../../../lambda/normalize/rule-list.ts';
import { parseUserAgent } from '../../../lambda/normalize/user-agent.ts';

afterEach(() => vi.restoreAllMocks());

describe('the index of literals', () => {
  it('finds the owners of exactly those literals that the text contains', () => {
    // Few different characters, so literals overlap and repeat.
    const unit = fc.constantFrom('a', 'b', 'A', '\u0000', 'é', '\ud83e', '\udd8a');
    const literals = fc.array(fc.string({ unit, minLength: MIN_LITERAL_LENGTH, maxLength: 5 }));
    fc.assert(
      fc.property(literals, fc.string({ unit, maxLength: 40 }), (all, text) => {
        const index = new LiteralIndex();
        for (const [owner, literal] of all.entries()) index.add(literal, owner);
        const owners = new Set<number>();
        index.collectOwners(text, owners);
        const expected = [...all.keys()].filter((owner) => text.includes(all[owner] ?? ''));
        expect([...owners].sort((a, b) => a - b)).toEqual(expected);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});

describe('a list of rules', () => {
  it.each([
    [
      'the first rule that matches, not the first literal of the agent',
      '(<late>)\n(<early>)',
      'early late',
      'late',
    ],
    ['a rule after a candidate that does not match', '(<one>)/\\d\n(<one>)', 'one/x', 'one'],
    ['a rule without a literal', '(<one>)\n(\\d)', 'two 2', '2'],
    ['a rule with a literal of one character', '(<q>|<one>)', 'a q', 'q'],
    ['a literal at the end', '(<one>)', 'a one', 'one'],
    ['a literal that is the agent', '(<on>)', 'on', 'on'],
    ['a rule that ignores case', '(?i)(<One>)', 'a oNE', 'oNE'],
    ['nothing in another case', '(<One>)', 'a oNE', undefined],
    ['nothing without a match', '(<one>)\n(<two>)', 'three', undefined],
  ])('finds %s', (_, lines, agent, name) => {
    expect(new RuleList(lines).exec(agent)?.[1]).toBe(name);
  });

  it('does not try a rule whose literals the agent lacks', () => {
    const list = new RuleList('(<one>)\n(\\d)\n(?i)(<Two>|<Three>)\n(<four>)');
    expect(list.candidates('one Two')).toEqual([0, 1, 2]);
    expect(list.candidates('tHREE')).toEqual([1, 2]);
    expect(list.candidates('')).toEqual([1]);
  });
});

describe('an agent that was never seen', () => {
  // All lists, including the ten rules that every agent tries.
  it.each([
    ['aws-cli/2.31.18 ua/2.1 os/linux#6.8.0-85 md/arch#x86_64 lang/python#3.13.7 md/command#s3.ls', 25],
    ['Boto3/1.26.165 Python/3.9.20 Linux/5.10.0 Botocore/1.29.165', 25],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.1 Safari/537.36',
      40,
    ],
  ])('%s tries few of the 1,175 rules', (agent, most) => {
    const tried = vi.spyOn(LazyRule.prototype, 'exec');
    parseUserAgent(`${agent} unseen`);
    expect(tried.mock.calls.length).toBeGreaterThan(0);
    expect(tried.mock.calls.length).toBeLessThanOrEqual(most);
  });
});
