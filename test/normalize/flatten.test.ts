import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flattenParameters } from '../../lambda/normalize/flatten.ts';

/** A JSON value as it is written: numbers as their source text, objects as their members in order. */
type Written =
  | { leaf: unknown }
  | { number: string }
  | { items: Written[] }
  | { members: [name: string, value: Written][] };

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'ab',
    'B',
    '',
    'é',
    '\ue000',
    '\u{1f600}',
    '\ud83d',
    'requestParameters',
    '"',
    '1',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

const number = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom(
    '342.0',
    '1e5',
    '-0',
    '1E+2',
    '0.10',
    '12345678901234567890',
    '9007199254740993',
    '-1.50e-3',
    '0',
  ),
);

const { value: anyWritten } = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null)).map((leaf) => ({ leaf })),
    number.map((source) => ({ number: source })),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => ({ items })),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 40 }).map((members) => ({ members })),
  ),
}));

/** More keys than are sorted by insertion. */
const manyKeys = fc.array(fc.tuple(name, number), { minLength: 25, maxLength: 40 }).map((members) => ({
  members: members.map(([key, source]): [string, Written] => [key, { number: source }]),
}));

/** As a log file might have it. */
function write(value: Written, space: string): string {
  if ('leaf' in value) return JSON.stringify(value.leaf);
  if ('number' in value) return value.number;
  if ('items' in value) return `[${space}${value.items.map((item) => write(item, space)).join(`${space},`)}]`;
  const members = value.members.map(
    ([key, member]) => `${JSON.stringify(key)}${space}:${space}${write(member, space)}`,
  );
  return `{${members.join(`,${space}`)}${space}}`;
}

/** The rule, put plainly. */
function flattenPlainly(value: Written): string {
  if ('leaf' in value) return JSON.stringify(value.leaf);
  if ('number' in value) return value.number;
  if ('items' in value) return `[${value.items.map(flattenPlainly).join(', ')}]`;
  const last = [...new Map(value.members)];
  const points = (text: string) => Array.from(text, (character) => character.codePointAt(0) ?? 0);
  last.sort(([a], [b]) => {
    const [left, right] = [points(a), points(b)];
    const at = left.findIndex((point, i) => point !== right[i]);
    return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
  });
  return `{${last.map(([key, member]) => `${JSON.stringify(key)}: ${flattenPlainly(member)}`).join(', ')}}`;
}

describe('flattened text', () => {
  it('is what the rule says, of any value, however it is written', () => {
    const seen = { objects: 0, many: 0, sources: 0, surrogates: 0 };
    fc.assert(
      fc.property(
        fc.oneof(anyWritten, manyKeys),
        anyWritten,
        fc.constantFrom('', ' ', '\n\t'),
        (request, response, space) => {
          fc.pre(!isNull(request) && !isNull(response));
          const members: [string, Written][] = [
            ['eventName', { leaf: '":1.5,"' }],
            ['requestParameters', request],
            ['responseElements', response],
          ];
          const text = write({ members }, space);
          const expected = [flattenPlainly(request), flattenPlainly(response)];
          const flattened = flattenParameters(JSON.parse(text), text);
          expect([flattened?.request_parameters, flattened?.response_elements]).toEqual(expected);

          if ('members' in request) seen.objects++;
          if ('members' in request && new Map(request.members).size > 16) seen.many++;
          if (/342\.0|1e5|12345678901234567890/.test(expected.join())) seen.sources++;
          if (/\u{1f600}/u.test(expected.join()) && /\ue000/.test(expected.join())) seen.surrogates++;
        },
      ),
      { numRuns: 1500, seed: 13 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  });
});

function isNull(value: Written): boolean {
  return 'leaf' in value && value.leaf === null;
}
