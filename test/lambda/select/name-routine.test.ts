import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_INPUT_BYTES, openNameRoutine } from '../../../lambda/select/name-routine.ts';

const NAMES = ['password', 'userdata', 'token', 's3key'];
const SPELLINGS = ['password', 'PassWord', 'pass_word', 'P-A-S-S-W_O_R--D', 'user_Data', 'TOKEN', 'S3-Key'];
const OTHERS = ['passwords', 'xpassword', 'pass.word', 'nextToken', 'user', 'key', 'paß', ''];

function find(text: string, names: readonly string[] = NAMES) {
  const routine = openNameRoutine(names);
  if (!routine) throw new Error('this runtime has no WebAssembly SIMD');
  return routine(Buffer.from(text));
}

describe('the name routine', () => {
  it('finds each spelling at each place of a block, after whatever comes before a key', () => {
    for (const before of ['{', '{"a":1,', '{"a":[],\r\n\t ', '{"a":"{\\', '{"a":"{\\n\\'])
      for (const spelling of SPELLINGS)
        for (let spaces = 0; spaces < 33; spaces++) {
          const start = `${' '.repeat(spaces)}${before}"`;
          expect(find(`${start}${spelling}":1}`), `${start}${spelling}`).toEqual({
            count: 1,
            first: start.length,
          });
        }
  });

  it.each(OTHERS)('finds nothing in a text with %j', (name) => {
    expect(find(`{"${name}":1,"b":"${name}"}`)).toEqual({ count: 0, first: -1 });
  });

  it('finds no name in a value, in a list or in the text before', () => {
    expect(find('{"a":"password"}').count).toBe(0);
    expect(find('{"a":["password"]}').count).toBe(0);
    find('{"password":1,"token":2}');
    expect(find('{"a":1}').count).toBe(0);
  });

  it('counts to two', () => {
    expect(find('{"password":1,"b":{"token":2}}')).toEqual({ count: 2, first: 2 });
    expect(find('{"token":1,"token":2,"token":3}').count).toBe(2);
  });

  it('finds a name at the end of the longest text', () => {
    const start = `{"a":"${'x'.repeat(MAX_INPUT_BYTES - '{"a":"","token":1}'.length)}","`;
    const text = `${start}token":1}`;
    expect(text).toHaveLength(MAX_INPUT_BYTES);
    expect(find(text)).toEqual({ count: 1, first: start.length });
  });

  it('misses no key of any text, and seldom finds what is none', () => {
    const name = fc.oneof(fc.constantFrom(...SPELLINGS, ...OTHERS), fc.stringMatching(/^[a-z]{2,12}$/));
    const leaf = fc.oneof(name, fc.string(), fc.integer(), fc.constant(null));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { weight: 2, arbitrary: leaf },
        { weight: 3, arbitrary: fc.dictionary(name, tie('tree'), { maxKeys: 4 }) },
        { weight: 1, arbitrary: fc.array(tie('tree'), { maxLength: 3 }) },
        { weight: 1, arbitrary: tie('tree').map((value) => JSON.stringify(value)) },
      ),
    }));
    const keys =
      /(?<=[{,\s\\]")(?:p[_-]*a[_-]*s[_-]*s[_-]*w[_-]*o[_-]*r[_-]*d|u[_-]*s[_-]*e[_-]*r[_-]*d[_-]*a[_-]*t[_-]*a|t[_-]*o[_-]*k[_-]*e[_-]*n|s[_-]*3[_-]*k[_-]*e[_-]*y)(?=\\*")/gi;
    let found = 0;
    let extra = 0;
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify({ value }, undefined, indent);
        const expected = text.match(keys)?.length ?? 0;
        const { count } = find(text);
        if (expected > 0) found++;
        if (count > expected) extra++;
        expect(count).toBeGreaterThanOrEqual(Math.min(2, expected));
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(500);
    expect(extra).toBeLessThan(100);
  });

  it.each([['pass.word'], ['x'], ['naïve'], ['_a']])('does not open for the name %s', (name) => {
    expect(openNameRoutine([...NAMES, name])).toBeUndefined();
  });
});
