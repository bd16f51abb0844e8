import fc from 'fast-check';

/** Arbitrary JSON text that uses the full grammar: white space, escapes, repeated keys, unusual numbers. */

const space = fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.stringMatching(/^[ \n\r\t]{1,3}$/));

const character = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...'aR{}[],: ') },
  { weight: 2, arbitrary: fc.constantFrom('é', '漢', '😀', '\u2028') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '\\"',
      '\\\\',
      '\\/',
      '\\n',
      '\\u0041',
      '\\ud83d\\ude00',
      '\\ud800',
      '\\u0000',
    ),
  },
);

const string = fc.array(character, { maxLength: 8 }).map((characters) => `"${characters.join('')}"`);

const key = fc.oneof(
  { weight: 3, arbitrary: string },
  { weight: 1, arbitrary: fc.constantFrom('"Records"', '"\\u0052ecords"', '"records"', '"__proto__"') },
);

const literal = fc.constantFrom(
  '0',
  '-0',
  '1.0',
  '1e5',
  '-12.5E-3',
  '12345678901234567890',
  'true',
  'false',
  'null',
);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    string,
    array(tie('value')),
    object(tie('value')),
  ),
}));

function array(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return list('[', ']', element);
}

function object(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return list(
    '{',
    '}',
    fc.tuple(key, space, space, element).map(([k, a, b, v]) => `${k}${a}:${b}${v}`),
  );
}

function list(open: string, close: string, element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const padded = fc.tuple(space, element, space).map((parts) => parts.join(''));
  return fc
    .tuple(space, fc.array(padded, { maxLength: 4 }))
    .map(([inside, elements]) => `${open}${elements.length > 0 ? elements.join(',') : inside}${close}`);
}

const recordsMember = fc
  .tuple(fc.constantFrom('"Records"', '"\\u0052ecords"', '"Rec\\u006frds"'), space, space, array(value))
  .map(([k, a, b, v]) => `${k}${a}:${b}${v}`);

const otherMember = fc.tuple(key, value).map(([k, v]) => `${k}:${v}`);

/** A document whose top level is an object with at least one `Records` array among other members. */
export const documentWithRecords: fc.Arbitrary<string> = fc
  .tuple(
    space,
    fc.array(otherMember, { maxLength: 3 }),
    recordsMember,
    fc.array(otherMember, { maxLength: 3 }),
    space,
  )
  .map(
    ([before, first, records, last, after]) => `${before}{${[...first, records, ...last].join(',')}}${after}`,
  );

/** Any JSON value. */
export const anyValue: fc.Arbitrary<string> = value;

/** Any JSON document. */
export const anyDocument: fc.Arbitrary<string> = fc.oneof(documentWithRecords, value);

/** Cuts bytes at the given places, which may give single bytes and empty chunks. */
export function cut(bytes: Buffer, places: number[]): Buffer[] {
  const cuts = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...cuts, bytes.length].map((end, i) => bytes.subarray(cuts[i - 1] ?? 0, end));
}
