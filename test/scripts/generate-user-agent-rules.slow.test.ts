import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderUserAgentRules } from '../../scripts/render-user-agent-rules.ts';
import { markRequiredLiterals } from '../../scripts/required-literals.ts';

const { resolve } = createRequire(import.meta.url);
const yaml = readFileSync(resolve('uap-core/regexes.yaml'), 'utf8');

describe('the committed rules', () => {
  it('match the generator output', () => {
    const committed = new URL('../../lambda/normalize/user-agent-rules.ts', import.meta.url);
    expect(readFileSync(committed, 'utf8')).toBe(renderUserAgentRules(yaml, '0.18.0'));
  });

  it('pass --check', () => {
    const command = fileURLToPath(new URL('../../scripts/generate-user-agent-rules.ts', import.meta.url));
    execFileSync(process.execPath, ['--import', 'tsx', command, '--check']);
  });
});

describe('the generator', () => {
  it.each([
    ['a list', 'engine_parsers: []', 'unknown list engine_parsers'],
    ['a missing list', 'os_parsers: []', 'list user_agent_parsers is missing'],
    ['a key', browser({ regex: '(a)', v9_replacement: 'x' }), 'unknown key v9_replacement'],
    ['a flag', browser({ regex: '(a)', regex_flag: 'x' }), 'unknown flag x'],
    ['a number', browser({ regex: '(a)', v1_replacement: 7 }), 'v1_replacement is not a non-empty string'],
    [
      'an empty replacement',
      browser({ regex: '(a)', v1_replacement: '' }),
      'v1_replacement is not a non-empty string',
    ],
    ['a missing group', browser({ regex: '(a)', v1_replacement: '$2' }), 'invalid $2'],
    ['a bare dollar', browser({ regex: '(a)', family_replacement: 'US$' }), 'invalid $'],
    ['a rule without a name', browser({ regex: 'a' }), 'neither name nor group'],
    ['an entry without an expression', browser({ family_replacement: 'a' }), 'regex is missing'],
    [
      'an expression that JavaScript cannot compile',
      browser({ regex: '(?P<a>b)' }),
      'Invalid regular expression',
    ],
    ['a non-ASCII expression', browser({ regex: '(é)' }), 'non-ASCII expression'],
    ['a look-ahead', browser({ regex: '(a(?=b))' }), 'unsupported group'],
    ['a back reference', browser({ regex: '(a)\\1' }), 'unsupported escape'],
    ['an anchor of another dialect', browser({ regex: '(a)\\Z' }), 'unsupported escape'],
    ['a class of another dialect', browser({ regex: '([[:alpha:]])' }), 'unsupported class'],
    ['a brace outside a quantifier', browser({ regex: '(a{,5})' }), 'unexpected {'],
    ['a separator of the output format', browser({ regex: '(a~b)' }), 'reserved character'],
  ])('rejects %s', (_, changed, message) => {
    expect(() => renderUserAgentRules(changed, '0')).toThrow(message);
  });

  function browser(entry: object) {
    return JSON.stringify({ user_agent_parsers: [entry] });
  }
});

describe('required literals', () => {
  it.each([
    ['', ''],
    ['abc', '<abc>'],
    ['a\\.b\\-c', '<a\\.b\\-c>'],
    ['^abc$', '^<abc>$'],
    ['a\\dbc', 'a\\d<bc>'],
    ['[xyz]b[^\\]]', '[xyz]<b>[^\\]]'],
    ['ab?cd', 'ab?<cd>'],
    ['abc*', '<ab>c*'],
    ['ab{0,2}', '<a>b{0,2}'],
    ['xy{2,}?z', '<xy>{2,}?z'],
    ['ab+cd', '<ab>+cd'],
    ['(?:ab)?c', '(?:ab)?<c>'],
    ['(ab)+c', '(<ab>)+c'],
    ['a(bc|de)', 'a(<bc>|<de>)'],
    ['ab(c|def|)', '<ab>(c|def|)'],
    ['ab|(c|\\d)', 'ab|(c|\\d)'],
    ['ab|(c|d)e', '<ab>|(c|d)<e>'],
    // Words of common browsers rank last, regardless of length.
    ['(XY|ZQ)[^;]+ AppleWebKit', '(<XY>|<ZQ>)[^;]+ AppleWebKit'],
    ['\\d+ AppleWebKit', '\\d+< AppleWebKit>'],
  ])('%s → %s', (source, marked) => {
    expect(markRequiredLiterals(source)).toBe(marked);
  });
});
