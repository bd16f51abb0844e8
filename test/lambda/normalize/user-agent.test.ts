import { isDeepStrictEqual } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LazyRule } from '../../../lambda/normalize/lazy-rule.ts';
import { parseUserAgent, warmUpUserAgents } from '../../../lambda/normalize/user-agent.ts';
import { mutatedAgents, oddAgents, sampleAgents } from './sample-agents.ts';
import * as reference from './uap-reference.ts';

describe('known agents', () => {
  it.each([
    // The agents of Sekoia's samples.
    ['aws.internal', 'Other', 'Other', 'Other'],
    ['console.amazonaws.com', 'Other', 'Other', 'Other'],
    ['AWS Internal', 'Other', 'Other', 'Other'],
    ['lambda.amazonaws.com', 'Other', 'Other', 'Other'],
    ['elasticfilesystem', 'Other', 'Other', 'Other'],
    [
      'APN/1.0 HashiCorp/1.0 Terraform/1.4.7 (+https://www.terraform.io) terraform-provider-aws/4.59.0 ' +
        '(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go/1.44.221 (go1.19.6; linux; amd64)',
      ...['aws-sdk-go 1.44.221', 'Linux', 'Other'],
    ],
    [
      'aws-cli/1.18.87 Python/3.7.3 Linux/4.19.0-6-amd64 botocore/1.17.30',
      ...['aws-cli 1.18.87', 'Linux 4.19.0', 'Spider'],
    ],
    [
      'aws-internal/3 aws-sdk-java/1.11.802 Linux/4.14.181-108.257.amzn1.x86_64 ' +
        'OpenJDK_64-Bit_Server_VM/11.0.7+10-LTS java/11.0.7 vendor/Amazon.com_Inc.',
      ...['aws-sdk-java 1.11.802', 'Linux 4.14.181', 'Other'],
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:68.0) Gecko/20100101 Firefox/68.0',
      ...['Firefox 68.0', 'Linux', 'Other'],
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
        'Chrome/105.0.0.0 Safari/537.36',
      ...['Chrome 105.0.0', 'Windows 10', 'Other'],
    ],
    // Replacements, versions and white space in the specification.
    ['', 'Other', 'Other', 'Other'],
    ['Minefield/4.0.1pre Windows 3.1', 'Firefox (Minefield) 4.0.1pre', 'Windows 3.1', 'Other'],
    ['Firefox/007.010.0', 'Firefox 007.010.0', 'Other', 'Other'],
    ['SznProhlizec/4.1.2', 'Seznam prohlížeč 4.1.2', 'Other', 'Other'],
    ['; PEDI_PLUS_W Build', 'Other', 'Other', 'Odys PEDI PLUS W'],
    ['/5 CFNetwork', 'Other 5', 'Other', 'Other'],
  ])('%s', (agent, browser, os, device) => {
    const answer = parseUserAgent(agent);
    expect([inWords(answer), inWords(answer.os), inWords(answer.device)]).toEqual([browser, os, device]);
  });

  it('have no version rather than an empty one', () => {
    const unknown = { name: 'Other', os: { name: 'Other' }, device: { name: 'Other' } };
    expect(parseUserAgent('AWS Internal')).toStrictEqual(unknown);
  });

  function inWords({ name, version }: { name: string; version?: string }) {
    return version === undefined ? name : `${name} ${version}`;
  }
});

describe('compared with the reference parser of regexes.yaml', () => {
  const agents = sampleAgents();

  it('gives the same answer for thousands of agents', () => {
    expect(agents.length).toBeGreaterThan(5_000);
    expect(
      agents.filter((agent) => !isDeepStrictEqual(parseUserAgent(agent), reference.parseByReference(agent))),
    ).toEqual([]);
  });

  it('gives the same answer for mutated agents', () => {
    fc.assert(
      fc.property(mutatedAgents(agents), (agent) => {
        expect(parseUserAgent(agent)).toEqual(reference.parseByReference(agent));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('a rule', () => {
  it.each([
    ['<a\\\\b>(\\d)~x~$1', 'a\\b7', ['a\\b7', 'x', '7']],
    ['<a\\\\b>(\\d)~x', 'ab7', null],
    ['(?i)(<Ab>|<C\\.d>)', 'xc.D', ['c.D', 'c.D', '']],
    ['(a)(\\d)?(\\d)?~$1 $2$3~~4~$3', 'a12', ['a12', 'a 12', '1.4.2']],
    ['(a)(\\d)?(\\d)?~$1 $2$3~~4~$3', 'a', ['a', 'a ', '']],
  ])('%s of %s is %j', (line, agent, answer) => {
    expect(new LazyRule(line).exec(agent)).toEqual(answer);
  });
});

describe('reading', () => {
  it('stops after 500 characters', () => {
    const start = `${'x'.repeat(487)} Firefox/1.`;
    expect(parseUserAgent(`${start}23`).version).toBe('1.23');
    expect(parseUserAgent(`${start}234`).version).toBe('1.23');
  });

  it('trims leading white space only if the agent is longer than 500 characters', () => {
    const luminary = 'Luminary/1.2';
    expect(parseUserAgent(luminary.padStart(500)).name).toBe('Other');
    expect(parseUserAgent(luminary.padStart(501)).name).toBe('Luminary');
  });
});

describe('hostile agents', () => {
  it('are parsed at a length of 64 KB', () => {
    const long = oddAgents.filter((agent) => agent.length >= 65_536);
    expect(long.length).toBeGreaterThan(10);
    for (const agent of long) expect(parseUserAgent(agent)).toEqual(reference.parseByReference(agent));
  });

  it('do not modify prototypes', () => {
    expect(parseUserAgent('__proto__/1.2 constructor/3.4').os).toStrictEqual({ name: 'Other' });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('cached answers', () => {
  const others = (count: number, tag: string) =>
    Array.from({ length: count }, (_, index) => parseUserAgent(`${tag}/${index}`));

  it('are shared, frozen and equal for equal agents', () => {
    const answer = parseUserAgent('aws-cli/2.0.1');
    expect(parseUserAgent('aws-cli/2.0.1')).toBe(answer);
    expect([answer, answer.os, answer.device].every(Object.isFrozen)).toBe(true);
  });

  it('are at least the last 1,000 used, and at most 2,000', () => {
    const answer = parseUserAgent('aws-cli/2.0.2');
    others(999, 'a');
    expect(parseUserAgent('aws-cli/2.0.2')).toBe(answer);
    others(999, 'b');
    expect(parseUserAgent('aws-cli/2.0.2')).toBe(answer);
    others(2_000, 'c');
    expect(parseUserAgent('aws-cli/2.0.2')).not.toBe(answer);
    expect(parseUserAgent('aws-cli/2.0.2')).toEqual(answer);
  });

  it('are shared by agents that differ only after the first 500 characters', () => {
    const long = `aws-cli/2.0.3 ${'x'.repeat(1_000)}`;
    expect(parseUserAgent(`${long}y`)).toBe(parseUserAgent(long));
  });

  it('do not retain the rest of a long agent', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc');
    others(2_000, 'd');
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    // 1,500 flat strings of 64 KB: 98 MB if a slice of each kept its parent alive. Twice, to hit the cache.
    for (let index = 0; index < 3_000; index++) {
      const name = `Firefox/${index % 1_500}.123456789012345678901234567890`;
      parseUserAgent(JSON.parse(`"${name} ${'x'.repeat(65_536)}"`));
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  });

  it('are not changed by the warm-up', () => {
    const answer = parseUserAgent('aws-cli/2.0.4');
    warmUpUserAgents();
    expect(parseUserAgent('aws-cli/2.0.4')).toBe(answer);
  });
});
