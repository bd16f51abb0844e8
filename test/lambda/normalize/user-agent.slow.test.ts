import { describe, expect, it } from 'vitest';
import { LazyRule } from '../../../lambda/normalize/lazy-rule.ts';
import * as rules from '../../../lambda/normalize/user-agent-rules.ts';
import { sampleAgents } from './sample-agents.ts';
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
    const lazyRules = lines.split('\n').map((line) => new LazyRule(line));
    expect(lazyRules.length).toBe(plainRules.length);
    const wronglySkipped: string[] = [];
    let skipped = 0;
    let passed = 0;
    for (const agent of readParts) {
      for (const [index, rule] of lazyRules.entries()) {
        if (rule.mayMatch(agent)) passed++;
        else if (plainRules[index]?.expression.test(agent)) wronglySkipped.push(`${index}: ${agent}`);
        else skipped++;
      }
    }
    expect(wronglySkipped).toEqual([]);
    expect(passed).toBeGreaterThan(2 * readParts.length);
    expect(skipped).toBeGreaterThan(40 * passed);
  });
});
