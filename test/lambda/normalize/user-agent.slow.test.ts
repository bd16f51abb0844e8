import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuleList } from '../../../lambda/normalize/rule-list.ts';
import { parseUserAgent } from '../../../lambda/normalize/user-agent.ts';
import * as rules from '../../../lambda/normalize/user-agent-rules.ts';
import { mutatedAgents, sampleAgents } from './sample-agents.ts';
import * as reference from './uap-reference.ts';

describe('compared with the reference parser of regexes.yaml', () => {
  const readParts = sampleAgents().map(reference.readablePart);

  // The other rules never decide, because an earlier rule matches the same sample agents.
  it.each([
    ['browser', reference.browserRules, 350, 344],
    ['os', reference.osRules, 197, 196],
    ['device', reference.deviceRules, 628, 613],
  ])('nearly every %s rule is the first match of some agent', (_, list, count, decidingCount) => {
    const deciding = new Set(
      readParts.map((agent) => list.findIndex(({ expression }) => expression.test(agent))),
    );
    deciding.delete(-1);
    expect(list.length).toBe(count);
    expect(deciding.size).toBeGreaterThanOrEqual(decidingCount);
  });

  it.each([
    ['browser', rules.browserRules, reference.browserRules],
    ['os', rules.osRules, reference.osRules],
    ['device', rules.deviceRules, reference.deviceRules],
  ])('skips many %s expressions, but none that would match', (_, lines, plainRules) => {
    const list = new RuleList(lines);
    const wronglySkipped: string[] = [];
    let skipped = 0;
    let tried = 0;
    for (const agent of readParts) {
      const candidates = new Set(list.candidates(agent));
      tried += candidates.size;
      for (const [index, { expression }] of plainRules.entries()) {
        if (candidates.has(index)) continue;
        if (expression.test(agent)) wronglySkipped.push(`${index}: ${agent}`);
        else skipped++;
      }
    }
    expect(wronglySkipped).toEqual([]);
    expect(tried).toBeGreaterThan(readParts.length);
    expect(skipped).toBeGreaterThan(25 * tried);
  });

  it('gives the same answer for thousands of mutated agents', () => {
    fc.assert(
      fc.property(mutatedAgents(sampleAgents()), (agent) => {
        expect(parseUserAgent(agent)).toEqual(reference.parseByReference(agent));
      }),
      { seed: 2, numRuns: 20_000 },
    );
  });
});
