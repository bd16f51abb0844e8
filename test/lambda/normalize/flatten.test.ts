import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flattenInOrder, flattenParameters } from '../../../lambda/normalize/flatten.ts';

/** A JSON value before serialization: numbers as source text, objects as members in order. */
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

/** More keys than insertion sort handles. */
const manyKeys = fc.array(fc.tuple(name, number), { minLength: 25, maxLength: 40 }).map((members) => ({
  members: members.map(([key, source]): [string, Written] => [key, { number: source }]),
}));

/** Serializes a value as in a log file. */
function write(value: Written, space: string): string {
  if ('leaf' in value) return JSON.stringify(value.leaf);
  if ('number' in value) return value.number;
  if ('items' in value) return `[${space}${value.items.map((item) => write(item, space)).join(`${space},`)}]`;
  const members = value.members.map(
    ([key, member]) => `${JSON.stringify(key)}${space}:${space}${write(member, space)}`,
  );
  return `{${members.join(`,${space}`)}${space}}`;
}

/** Reference version of the rule. */
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

/** Reference version of the compact form: of a duplicate key, the first place and the last value. */
function flattenPlainlyInOrder(value: Written): string {
  if ('leaf' in value) return JSON.stringify(value.leaf);
  if ('number' in value) return value.number;
  if ('items' in value) return `[${value.items.map(flattenPlainlyInOrder)}]`;
  const last = [...new Map(value.members)];
  return `{${last.map(([key, member]) => `${JSON.stringify(key)}:${flattenPlainlyInOrder(member)}`)}}`;
}

describe('flattened text', () => {
  it('matches the reference version for any value and any white space', () => {
    const seen = { objects: 0, many: 0, sources: 0, surrogates: 0, integerKeys: 0 };
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
          const inOrder = flattenInOrder(JSON.parse(text), text);
          const expectedInOrder = [flattenPlainlyInOrder(request), flattenPlainlyInOrder(response)];
          expect([inOrder?.request_parameters, inOrder?.response_elements]).toEqual(expectedInOrder);

          if (/"(1|0)":/.test(expectedInOrder.join().replace(/^{"(1|0)":/, ''))) seen.integerKeys++;
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

describe('flattened text in the order of the record', () => {
  const flattenText = (request: string) => {
    const text = `{"requestParameters":${request}}`;
    return flattenInOrder(JSON.parse(text), text)?.request_parameters;
  };

  it.each([
    ['an integer key', '{"b":"x","1":"y"}'],
    ['an integer key without another sign of one', '{"b":{"4294967294":[]}}'],
    ['several of them, in an array', '[{"b":"","10":"","9":"","a":{"0":"","-":""}}]'],
    ['a key that is an integer in part', '{"z":"","1a":"","01":"","1":""}'],
    ['an integer key and a number', '{"b":1.0,"1":2.50}'],
    ['a number without an integer key', '{"b":1.0,"a":2.50}'],
    ['a mark in a key and in a value', '{"#b":"#","1":"#","#1":["#"]}'],
    ['a colon and a quote in a value', '{"b":"\\":","1":":"}'],
  ])('keeps %s in its place', (_, request) => {
    expect(flattenText(request)).toBe(request);
  });

  it('keeps an integer key before white space and a colon', () => {
    expect(flattenText('{"b":"x","1" \n:"y"}')).toBe('{"b":"x","1":"y"}');
  });

  it('does not confuse a key with its marked form', () => {
    expect(flattenText('{"#known":"x"}')).toBe('{"#known":"x"}');
    expect(flattenText('{"known":"x","1":""}')).toBe('{"known":"x","1":""}');
  });

  it('keeps an integer key that is written with an escape', () => {
    expect(flattenText('{"b":"x","\\u0031":"y","\\u0030" : "z"}')).toBe('{"b":"x","1":"y","0":"z"}');
  });

  it('drops white space between tokens only', () => {
    expect(flattenText('{ "a" :\n[ 1 , "b  c" ,\r\n{ } ]\t}')).toBe('{"a":[1,"b  c",{}]}');
  });

  it('handles 9,999 levels', () => {
    const nested = `${'{"1":['.repeat(4_999)}0${']}'.repeat(4_999)}`;
    expect(flattenText(nested)).toBe(nested);
  });
});

describe('the source text of a number', () => {
  /** Numbers that JSON.parse and String do not reproduce. */
  const lossy = [
    ...[
      '342.0',
      '0.10',
      '-1.50',
      '-0',
      '-0.0',
      '1e5',
      '1E5',
      '1e+5',
      '1E-7',
      '-2e3',
      '-2E3',
      '12e3',
      '1.5e3',
    ],
    ...['9007199254740993', '-9007199254740993', '12345678901234567', '-12345678901234567'],
    ...['123456789012345678', '12345678901234567890', '123456789012345678901234567890', '1e999', '-1e999'],
  ];

  /** The only lossy number of its record, so only the text before it can reveal it. */
  it.each([
    ['the bracket of an array', (n: string) => `[${n}]`, (n: string) => `[${n}]`],
    ['the bracket of an array in an array', (n) => `["a",[${n}]]`, (n) => `["a", [${n}]]`],
    ['a bracket and white space', (n) => `[ \n\t${n}]`, (n) => `[${n}]`],
    ['a comma', (n) => `["a",${n}]`, (n) => `["a", ${n}]`],
    ['a comma after a number', (n) => `[1,${n}]`, (n) => `[1, ${n}]`],
    ['a comma and white space', (n) => `["a",\r\n ${n}]`, (n) => `["a", ${n}]`],
    ['a colon', (n) => `{"a":${n}}`, (n) => `{"a": ${n}}`],
    ['a space and a colon', (n) => `{"a" :${n}}`, (n) => `{"a": ${n}}`],
    ['a colon and a space', (n) => `{"a": ${n}}`, (n) => `{"a": ${n}}`],
    ['white space on both sides of a colon', (n) => `{"a"\n\t:\r\n ${n}}`, (n) => `{"a": ${n}}`],
    ['a colon after an escaped quote', (n) => `{"a\\"":${n}}`, (n) => `{"a\\"": ${n}}`],
    ['the colon of the parameters', (n) => n, (n) => n],
    ['a space and the colon of the parameters', (n) => n, (n) => n, ' :'],
  ] satisfies [string, (n: string) => string, (n: string) => string, string?][])(
    'is kept after %s',
    (_, write, flatten, colon = ':') => {
      for (const number of lossy) {
        expect(String(JSON.parse(number))).not.toBe(number);
        const request = `{"requestParameters"${colon}${write(number)}}`;
        expect(flattenParameters(JSON.parse(request), request)).toEqual({
          request_parameters: flatten(number),
        });
        const response = `{"eventName":"A","responseElements"${colon}${write(number)}}`;
        expect(flattenParameters(JSON.parse(response), response)).toEqual({
          response_elements: flatten(number),
        });
      }
    },
  );

  it('is the result of String for any other number', () => {
    for (const number of ['0', '7', '-7', '1.5', '-0.25', '123456789012345', '-999999999999999']) {
      const text = `{"requestParameters":[${number}]}`;
      expect(flattenParameters(JSON.parse(text), text)).toEqual({ request_parameters: `[${number}]` });
    }
  });
});

describe('keys with surrogates', () => {
  /** Sorted as in Python: by code point, a lone surrogate by its value. */
  const sorted = [
    ...['', 'a', 'a\ud83d', 'a\ud83da', 'a\ue000', 'a\uffff', 'a\u{10000}', 'a\u{1f600}', 'a\u{1f600}\ue000'],
    ...['a\u{1f600}\u{1f600}', 'a\u{1f601}', 'a\u{1f601}a', 'b', '\ud83d', '\ud83da', '\ud83d\ue000'],
    ...['\ud83d\u{1f600}', '\ue000', '\ue000\u{1f600}', '\uffff', '\u{10000}', '\u{1f3ff}', '\u{1f600}'],
    ...['\u{1f600}a', '\u{1f600}b', '\u{1f600}\ue000', '\u{1f600}\uffff', '\u{1f600}\u{10000}'],
    ...['\u{1f600}\u{1f600}', '\u{1f600}\u{1f601}', '\u{1f601}', '\u{1f601}a', '\u{10ffff}'],
  ];

  function flattenKeys(keys: string[]): string | undefined {
    const text = `{"requestParameters":{${keys.map((key) => `${JSON.stringify(key)}:null`)}}}`;
    return flattenParameters(JSON.parse(text), text)?.request_parameters;
  }
  const inOrder = (keys: string[]) => `{${keys.map((key) => `${JSON.stringify(key)}: null`).join(', ')}}`;

  it('are sorted by code point, in either input order', () => {
    for (const [at, lower] of sorted.entries()) {
      for (const higher of sorted.slice(at + 1)) {
        expect(flattenKeys([lower, higher])).toBe(inOrder([lower, higher]));
        expect(flattenKeys([higher, lower])).toBe(inOrder([lower, higher]));
      }
    }
  });

  it('are sorted by code point if there are many', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(sorted, { minLength: 17 }), (keys) => {
        expect(flattenKeys(keys)).toBe(inOrder(sorted.filter((key) => keys.includes(key))));
      }),
      { numRuns: 200, seed: 14 },
    );
  });
});

function isNull(value: Written): boolean {
  return 'leaf' in value && value.leaf === null;
}
