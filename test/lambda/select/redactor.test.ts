import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findOnlySecret } from '../../../lambda/select/find-only-secret.ts';
import { findSecrets } from '../../../lambda/select/find-secrets.ts';
import { SEVERAL } from '../../../lambda/select/key-search.ts';
import { DEFAULT_PATHS, defaultRedaction, parseRedaction } from '../../../lambda/select/parse-redaction.ts';
import { createMark, Redactor, readKey } from '../../../lambda/select/redactor.ts';
import { COMPACT, type Plain, redactPlainly, type Style, write } from './plain-redaction.ts';

const KEY = readKey('test', '0123456789abcdef0123456789abcdef');
const redactor = new Redactor(defaultRedaction(), createMark(undefined));
const keyed = new Redactor(defaultRedaction(), createMark(KEY));
const redact = (value: unknown) =>
  textOf(redactor, typeof value === 'string' ? value : JSON.stringify(value));

/** Redacts a JSON text, and checks that the parsed record is the same. */
function textOf(by: Redactor, json: string): string | undefined {
  const redacted = by.redact(json, JSON.parse(json));
  expect(by.redact(json, JSON.parse(json), Buffer.from(json))).toEqual(redacted);
  // Text that was cut off inside a string is still JSON outside.
  if (redacted) expect(redacted.parsed).toEqual(JSON.parse(redacted.text));
  return redacted?.text;
}

/** Keys of the default paths, in several spellings, keys that look like them, and any others. */
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('responseElements', 'credentials', 'sessionToken', 'accessKey') },
  { weight: 4, arbitrary: fc.constantFrom('environment', 'variables', 'value', 'environmentVariables') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'password',
      'Master_User-Password',
      'pass_word',
      'TOKEN',
      'user_data',
      'auth-token',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('secretAccessKey', 'nextToken', 'tokens', 'to\u212Aen'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);

const bare = fc
  .constantFrom('0', '-0', '1.0', '1e5', '-1.5E+30', '12345678901234567890', 'true', 'false', 'null')
  .map((text): Plain => ({ kind: 'bare', text }));
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('{', '[x', '"password":', '\\u0022', 'token"'),
  )
  // A text that is JSON is another kind of value.
  .filter((value) => !/^\s*[[{]/.test(value) || !isJson(value))
  .map((value): Plain => ({ kind: 'text', value }));

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

const { tree } = fc.letrec<{ tree: Plain; container: Plain }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5, depthSize: 'large' }, bare, text, tie('container')),
  container: fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .array(fc.tuple(key, tie('tree')), { maxLength: 4 })
        .map((members): Plain => ({ kind: 'object', members })),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(tie('tree'), { maxLength: 3 })
        .map((elements): Plain => ({ kind: 'array', elements })),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.tuple(key, tie('tree')), { maxLength: 3 })
        .map((members): Plain => ({ kind: 'json text', value: { kind: 'object', members } })),
    },
  ),
}));

/** A record with a session token at its usual place, which may be the only key that is searched for. */
const withToken = fc.tuple(text, tree, fc.boolean()).map(([token, rest, isFirst]): Plain => {
  const nest = (name: string, value: Plain): Plain => ({ kind: 'object', members: [[name, value]] });
  const member: [string, Plain] = ['responseElements', nest('credentials', nest('sessionToken', token))];
  return { kind: 'object', members: isFirst ? [member, ['x', rest]] : [['x', rest], member] };
});

/** Whether the record's secret is found without a scan. */
function isFoundAlone(json: string, paths = defaultRedaction()): boolean {
  const from = paths.keys.find(json) ?? SEVERAL;
  return from !== SEVERAL && findOnlySecret(json, from, JSON.parse(json), paths.keys.straight) !== undefined;
}

/** Writes strings with escapes here and there, which a parser sees through. */
function styleOf(choices: readonly number[]): Style {
  let used = 0;
  const choose = (options: number) => (choices[used++ % choices.length] ?? 0) % options;
  return {
    space: () => ['', '', '', ' ', '\n', ' \t\r'][choose(6)] ?? '',
    quote(value) {
      const plain = JSON.stringify(value);
      if (choose(3) > 0) return plain;
      let escaped = '';
      for (let i = 0; i < value.length; i++) {
        const unit = value.charCodeAt(i).toString(16).padStart(4, '0');
        escaped +=
          choose(3) === 0
            ? `\\u${choose(2) ? unit.toUpperCase() : unit}`
            : JSON.stringify(value[i]).slice(1, -1);
      }
      return `"${escaped}"`;
    },
  };
}

/** Like JSON.parse, but with duplicate keys and the text of numbers, by rewriting both. */
function parseExactly(json: string): unknown {
  let numbers = 0;
  const text = json.replace(/"(?:[^"\\]|\\.)*"\s*:?|-?\d[\d.eE+-]*/g, (token) => {
    if (!token.startsWith('"')) return JSON.stringify(`number ${token}`);
    return token.endsWith(':')
      ? `${JSON.stringify(`${numbers++} ${JSON.parse(token.slice(0, -1))}`)}:`
      : token;
  });
  return JSON.parse(text);
}

describe('redaction', () => {
  it('replaces exactly the secrets, and keeps every other character', () => {
    let hits = 0;
    let misses = 0;
    let inside = 0;
    let patched = 0;
    let reparsed = 0;
    let escaped = 0;
    let alone = 0;
    const choices = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: tree }, { weight: 1, arbitrary: withToken }),
        choices,
        (value, numbers) => {
          const json = write(value, styleOf(numbers));
          const { value: expected, secrets } = redactPlainly(value, { kind: 'text', value: 'redacted' });
          const parsed = JSON.parse(json);
          const result = redactor.redact(json, parsed);
          const redacted = result?.text;
          expect(redactor.redact(json, JSON.parse(json), Buffer.from(json))?.text).toBe(redacted);
          if (isFoundAlone(json, redactor.paths)) alone++;
          if (secrets === 0) {
            misses++;
            expect(redacted).toBeUndefined();
            return;
          }
          hits++;
          expect(result?.parsed).toEqual(JSON.parse(redacted ?? ''));
          if (result?.parsed === parsed) patched++;
          else reparsed++;
          // Only an inner value changes the JSON text of a string. It is compared by its own parse.
          expect(openTexts(parseExactly(redacted ?? ''))).toEqual(
            openTexts(parseExactly(write(expected, COMPACT))),
          );
          if (/\\"redacted\\"/.test(redacted ?? '')) inside++;
          if (json.includes('\\u00')) escaped++;
          // Outside of the marks, the text is the original one: each piece between two marks occurs in order.
          let at = 0;
          const pieces = (redacted ?? '').split(/\\?"redacted\\?"/);
          expect(json.startsWith(pieces[0] ?? '')).toBe(true);
          expect(json.endsWith(pieces.at(-1) ?? '')).toBe(true);
          for (const piece of pieces) {
            const found = json.indexOf(piece, at);
            expect(found).toBeGreaterThanOrEqual(at);
            at = found + piece.length;
          }
        },
      ),
      { numRuns: 6_000 },
    );
    // The property was tested on every kind of record.
    expect(Math.min(hits, misses, inside * 10, escaped, patched, reparsed, alone)).toBeGreaterThan(100);
  });

  it('keeps a record without secrets as the same string, without a scan', () => {
    expect(redact({ eventName: 'Decrypt', tokens: 1, nextToken: 'a', passwords: ['b'] })).toBeUndefined();
    const ordinary = {
      eventName: 'Decrypt',
      requestParameters: { nextToken: 'a' },
      responseElements: { value: 'b' },
    };
    expect(defaultRedaction().keys.find(JSON.stringify(ordinary))).toBeUndefined();
  });
});

/** Parses the texts that are JSON, so that the way they are written does not count. */
function openTexts(value: unknown): unknown {
  if (typeof value === 'string' && /^\s*[[{]/.test(value) && isJson(value))
    return ['JSON text', openTexts(parseExactly(value))];
  if (Array.isArray(value)) return value.map(openTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, openTexts(member)]));
}

describe('a secret', () => {
  const CANARY = 'canary-3141592653';
  /** Replaces the wildcards of a path by a member, or by two levels. */
  const nest = (path: string) =>
    path
      .replace('**', 'requestParameters.deep[*]')
      .replace(/\.\*$/, '.ANY')
      .split('.')
      .reduceRight<unknown>((inner, part) => {
        const [, name = '', lists = ''] = /^([^[]*)((?:\[\*\])*)$/.exec(part) ?? [];
        return { [name]: lists === '' ? inner : [0, inner] };
      }, CANARY);

  it.each(DEFAULT_PATHS)('is replaced at %s', (path) => {
    const record = nest(path);
    expect(JSON.stringify(record)).toContain(CANARY);
    const redacted = redact(record);
    expect(redacted).toBe(JSON.stringify(record).replace(CANARY, 'redacted'));
  });

  it.each([
    ['an object', '{"password":{"a":[1,"}"]},"x":1}', '{"password":"redacted","x":1}'],
    ['a list', '{"token": [ "]" , 2 ] }', '{"token": "redacted" }'],
    ['a number', '{"secret":-1.50e3}', '{"secret":"redacted"}'],
    ['true', '[{"secret":true}]', '[{"secret":"redacted"}]'],
    ['an empty text', '{"secret":""}', '{"secret":"redacted"}'],
    ['a text with escapes', '{"secret":"a\\"b\\\\"}', '{"secret":"redacted"}'],
    [
      'each of two',
      '{"secret":"a","x":{"secret":"b"},"secret":"c"}',
      '{"secret":"redacted","x":{"secret":"redacted"},"secret":"redacted"}',
    ],
    ['one behind an escaped key', '{"pass\\u0077ord":"a"}', '{"pass\\u0077ord":"redacted"}'],
    [
      'one in JSON text',
      '{"policy":"{\\"password\\" : \\"a\\\\\\"b\\"}"}',
      '{"policy":"{\\"password\\" : \\"redacted\\"}"}',
    ],
    [
      'one in escaped JSON text',
      '{"p":"\\u007b\\u0022password\\u0022\\u003a1}"}',
      '{"p":"\\u007b\\u0022password\\u0022\\u003a\\"redacted\\"}"}',
    ],
    [
      'one in JSON text behind a key that is escaped twice',
      '{"p":"{\\"passw\\u005cu006frd\\":1}"}',
      '{"p":"{\\"passw\\u005cu006frd\\":\\"redacted\\"}"}',
    ],
    [
      'one in JSON text in the middle of its path',
      '{"environment":{"variables":"{\\"A\\":1}"}}',
      '{"environment":{"variables":"{\\"A\\":\\"redacted\\"}"}}',
    ],
    ['one in a record that is JSON text', '"{\\"token\\":1}"', '"{\\"token\\":\\"redacted\\"}"'],
    [
      'the end of JSON text that was cut off',
      '{"p":"{\\"a\\":1,\\"password\\":\\"abc"}',
      '{"p":"{\\"a\\":1,\\"password\\":\\"redacted\\""}',
    ],
  ])('may be %s', (_, json, expected) => {
    expect(redact(json)).toBe(expected);
  });

  it.each([
    ['null', '{"secret":null}'],
    ['of another name', '{"secrets":"a","xpassword":"b","secretId":"d"}'],
    [
      'at another place',
      '{"credentials":{"sessionToken":"a"},"secretAccessKey":"b","environment":{"value":"c"}}',
    ],
    ['a text that has only the look of a key', '{"a":"\\"password\\":","b":"token"}'],
    [
      'two levels deep in JSON text',
      JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ password: 'c' }) }) }),
    ],
  ])('is not %s', (_, json) => {
    expect(redact(json)).toBeUndefined();
  });
});

describe('the parsed record', () => {
  it.each([
    ['a text', '{"x":[{"password":"a"}]}', true],
    ['several texts', '{"token":"a","x":{"token":"b"}}', true],
    ['a number', '{"secret":5}', false],
    ['a list', '{"secret":["5"]}', false],
    ['a text in JSON text', '{"x":"{\\"secret\\":1}"}', false],
    ['a text whose duplicate key follows', '{"secret":"a","secret":"b"}', false],
    ['a text whose parent has a duplicate', '{"x":{"secret":"a"},"x":{"y":1}}', false],
    ['a text and null under a duplicate key', '{"secret":"a","secret":null}', false],
    ['a list and its text under a duplicate key', '{"secret":[],"secret":"[]"}', false],
  ])('is kept for %s, if that is exact', (_, json, isKept) => {
    const parsed = JSON.parse(json);
    const result = redactor.redact(json, parsed);
    expect(result?.parsed).toEqual(JSON.parse(result?.text ?? ''));
    expect(result?.parsed === parsed).toBe(isKept);
  });
});

describe('the only key that is searched for', () => {
  const paths = defaultRedaction();
  const at = (credentials: string, rest = '') =>
    `{"responseElements":{"credentials":{${credentials}}}${rest}}`;

  it.each([
    ['a session token', at('"accessKeyId":"A","sessionToken":"a"'), true],
    ['one with spaces', at('"sessionToken" \n:\t"a\\n\\"\\\\" '), true],
    ['a secret key', '{"responseElements":{"accessKey":{"secretAccessKey":"a"}}}', true],
    ['a text that is JSON', at('"sessionToken":"{\\"a\\":1}"'), true],
    ['an empty text', at('"sessionToken":""'), true],
    ['another spelling', at('"session_token":"a"'), false],
    ['a number', at('"sessionToken":1'), false],
    ['one of two', at('"sessionToken":"a"', ',"x":{"token":"b"}'), false],
    ['one of two duplicates', at('"sessionToken":"a","sessionToken":"a"'), false],
    ['one of two, in JSON text', at('"sessionToken":"a"', ',"x":"{\\"token\\" \\n:1}"'), false],
    ['one whose parent has a duplicate', at('"sessionToken":"a"', ',"responseElements":{}'), false],
    ['one with an escape that may hide another', at('"sessionToken":"a"', ',"x\\u0041":{}'), false],
    ['one in a path with stars', '{"x":{"password":"a"}}', false],
  ])('is %s, and only then not scanned: %s', (_, json, isAlone) => {
    expect(isFoundAlone(json)).toBe(isAlone);
    const redacted = textOf(redactor, json);
    expect(redacted).toContain('redacted');
    // A scan of the same text replaces the same.
    expect(redacted).toBe(scanned(json));
  });

  function scanned(json: string): string {
    return findSecrets(json, paths.start).reduceRight((text, { from, to, place }) => {
      const mark = { value: '"redacted"', text: 'redacted', 'inner value': '\\"redacted\\"' }[place];
      return text.slice(0, from) + mark + text.slice(to);
    }, json);
  }

  it('is a key, not an index: a list has no member "0"', () => {
    const indexed = parseRedaction('r', '{"version":1,"defaults":false,"paths":["a.0"]}');
    expect(isFoundAlone('{"a":["x"],"b":{"0":"y"}}', indexed)).toBe(false);
    expect(isFoundAlone('{"a":{"0":"x"}}', indexed)).toBe(true);
  });

  it('is not where an index is wanted', () => {
    const indexed = parseRedaction('r', '{"version":1,"defaults":false,"paths":["tags[*].value"]}');
    expect(isFoundAlone('{"tags":{"":{"value":"x"}}}', indexed)).toBe(false);
  });

  it('may be escaped, of any letters', () => {
    const accents = parseRedaction('r', '{"version":1,"defaults":false,"paths":["**.clé"]}');
    expect(accents.keys.find('{"cl\\u00E9":1}')).toBe(SEVERAL);
    expect(accents.keys.find('{"\\u00C8":1}')).toBeUndefined();
  });

  it('has the last name of its path: a duplicate of another could follow', () => {
    const long = parseRedaction('r', '{"version":1,"defaults":false,"paths":["x.longestName.b"]}');
    const json = '{"x":{"longestName":{"b":"c","b":"d"}}}';
    expect(isFoundAlone(json, long)).toBe(false);
    expect(textOf(new Redactor(long, createMark(undefined)), json)).toBe(
      json.replace(/"[cd]"/g, '"redacted"'),
    );
  });

  it.each([
    ['no value, but is one', '{"key":"environment","a":["password","token"]}', false],
    ['an empty object', '{"environment":{},"x":{"environmentVariables" : []}}', false],
    ['a text', '{"environment":"*** redacted ***"}', false],
    ['null', '{"password":null}', true],
    ['an escape of nothing that counts', '{"password\\u003d":"\\u00e9\\u30c7\\u003e\\u0026"}', false],
    ['an escaped letter', '{"passw\\u006Frd":1}', true],
    ['an escaped capital', '{"PASSW\\u004fRD":1}', true],
    ['an escaped separator', '{"pass\\u005fword":1}', true],
    ['an escaped quote', '{"a":"{\\u0022password\\":1}"}', true],
    ['an escaped colon', '{"a":"{\\"password\\"\\u003a1}"}', true],
    ['an escaped space', '{"a":"{\\"password\\"\\u00201}"}', true],
    ['an escaped backslash of an escape', '{"a":"{\\"passw\\u005cu006frd\\":1}"}', true],
    ['an escaped brace', '{"environment":"\\u007b\\"variables\\":{}}"}', true],
    ['an escaped bracket', '{"environment":"\\u005b{}]"}', true],
    ['an object', '{"environment": {"variables":{}}}', true],
    ['an object after spaces', '{"environment":\n[ ]}', true],
    ['JSON text', '{"environment":" {\\"variables\\":{}}"}', true],
    ['JSON text that starts with an escape', '{"environment":"\\n{}"}', true],
    ['anything inside JSON text', '{"a":"{\\"environment\\"\\n:\\t{}}"}', true],
  ])('may have a secret below if it leads to %s', (_, json, mayHaveOne) => {
    expect(JSON.parse(json)).toBeTypeOf('object');
    expect(paths.keys.find(json) !== undefined).toBe(mayHaveOne);
  });
});

describe('a mark', () => {
  it('is the same for the same secret under the same key, however it is written', () => {
    const marks = [
      ...(textOf(keyed, '{"secret":"a\\u0062","token":"ab","p":"{\\"password\\":\\"ab\\"}"}') ?? '').matchAll(
        /redacted:[0-9a-f]{32}(?![0-9a-f])/g,
      ),
    ];
    expect(new Set(marks.map(String)).size).toBe(1);
    expect(marks).toHaveLength(3);
  });

  // printf %s ab | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
  it('is the start of HMAC-SHA-256', () => {
    expect(createMark(KEY)('ab')).toBe('redacted:d65d295638e6b79c96ad5f86fc2c00d5');
  });

  it('differs under another key', () => {
    const other = createMark(readKey('test', 'fedcba9876543210fedcba9876543210'));
    expect(other('ab')).not.toBe(createMark(KEY)('ab'));
  });
});

describe('a key', () => {
  it('has at least 32 characters, without white space around it', () => {
    expect(() => readKey('FILE', `${'k'.repeat(31)}\n`)).toThrow(
      'FILE must contain a key of at least 32 characters (got 31). Create one with: openssl rand -hex 32',
    );
    expect(readKey('FILE', ` ${'k'.repeat(32)}\n`)).toEqual(readKey('FILE', 'k'.repeat(32)));
    expect(readKey('FILE', 'k'.repeat(33))).toHaveLength(33);
  });
});

describe('a file of paths', () => {
  const parse = (content: unknown) => parseRedaction('redact=r.json', JSON.stringify(content));
  const redactWith = (content: unknown, record: unknown) =>
    textOf(new Redactor(parse(content), createMark(undefined)), JSON.stringify(record));

  it('adds its paths to the default ones, or replaces them', () => {
    const record = { apiKey: 'a', password: 'b', tags: [{ value: 'c' }], x: { api_key: 'd' } };
    const paths = ['**.apiKey', 'tags[*].value'];
    expect(redactWith({ version: 1, paths }, record)).toBe(
      '{"apiKey":"redacted","password":"redacted","tags":[{"value":"redacted"}],"x":{"api_key":"redacted"}}',
    );
    expect(redactWith({ version: 1, defaults: false, paths: ['apiKey'] }, record)).toBe(
      '{"apiKey":"redacted","password":"b","tags":[{"value":"c"}],"x":{"api_key":"d"}}',
    );
    expect(
      redactWith({ version: 1, defaults: false, paths: ['*.*.b', '[*].c'] }, { a: { x: { b: 1 }, b: 2 } }),
    ).toBe('{"a":{"x":{"b":"redacted"},"b":2}}');
  });

  it('may replace identities by pseudonyms', () => {
    const userIdentity = { userName: 'alice', principalId: 'AROAEXAMPLE:alice:2', arn: 'user/alice' };
    const record = { userIdentity, sourceIPAddress: '192.0.2.1', x: { userName: 'bob', principalId: 'A:b' } };
    const pseudonyms = ['userName', 'principalId', 'sourceIPAddress'];
    expect(redactWith({ version: 1, defaults: false, pseudonyms }, record)).toBe(
      '{"userIdentity":{"userName":"redacted","principalId":"AROAEXAMPLE:redacted","arn":"user/alice"},"sourceIPAddress":"redacted","x":{"userName":"bob","principalId":"A:b"}}',
    );
    const user = { userIdentity: { principalId: 'AIDAEXAMPLE' } };
    expect(redactWith({ version: 1, defaults: false, pseudonyms }, user)).toBeUndefined();
  });

  it.each([
    ['an escaped colon', '"A\\u003ab"', '"A\\u003aredacted"'],
    ['an escaped colon before another', '"A\\u003aalice:x"', '"A\\u003aredacted"'],
    ['escapes before the colon', '"\\"\\u0041\\\\:alice"', '"\\"\\u0041\\\\:redacted"'],
    ['nothing after the colon', '"A:"', '"A:redacted"'],
    ['a number', '7', '"redacted"'],
    ['no colon', '"AIDAEXAMPLE"', undefined],
  ])('replaces what follows the first colon of a principal: %s', (_, written, redacted) => {
    const pseudonyms = parse({ version: 1, defaults: false, pseudonyms: ['principalId'] });
    const recordOf = (value: string) => `{"userIdentity":{"principalId":${value}}}`;
    const text = textOf(new Redactor(pseudonyms, createMark(undefined)), recordOf(written));
    expect(text).toBe(redacted && recordOf(redacted));
  });

  it('replaces a principal whole if its JSON text does not end', () => {
    const pseudonyms = parse({ version: 1, defaults: false, pseudonyms: ['principalId'] });
    const json = JSON.stringify({ userIdentity: '{"principalId":"AROA:alice' });
    expect(textOf(new Redactor(pseudonyms, createMark(undefined)), json)).toBe(
      '{"userIdentity":"{\\"principalId\\":\\"redacted\\""}',
    );
  });

  it.each([
    [[], 'must be a JSON object with "version": 1'],
    [{ paths: [] }, 'must be a JSON object with "version": 1'],
    [{ version: 1, path: [] }, '"path" is unknown. Write only version, defaults, paths, pseudonyms'],
    [{ version: 1, defaults: 'no' }, '"defaults" must be true or false'],
    [{ version: 1, paths: 'a' }, '"paths" must be a list'],
    [{ version: 1, paths: ['a..b'] }, 'path "a..b" must be names separated by dots'],
    [{ version: 1, paths: ['**.*[*]'] }, 'path "**.*[*]" must be names separated by dots'],
    [{ version: 1, paths: ['a.**.b'] }, 'path "a.**.b" must be'],
    [{ version: 1, paths: ['a*'] }, 'path "a*" must be'],
    [{ version: 1, paths: ['$.requestParameters.x'] }, 'path "$.requestParameters.x" must be'],
    [{ version: 1, paths: ['requestParameters. x'] }, 'path "requestParameters. x" must be'],
    [{ version: 1, paths: [' x'] }, 'path " x" must be'],
    [{ version: 1, paths: [7] }, 'path 7 must be'],
    [
      { version: 1, pseudonyms: ['arn'] },
      'pseudonym "arn" must be one of userName, principalId, sourceIPAddress',
    ],
    [{ version: 1, defaults: false }, 'has no path. Write "defaults": true or a path'],
    [{ version: 1, paths: Array(101).fill('a') }, 'has 101 paths, expected at most 100'],
  ])('is refused if it is wrong: %j', (content, problem) => {
    expect(() => parse(content)).toThrow(`redact=r.json: ${problem}`);
  });

  it('may have 100 paths, and is refused with every problem at once', () => {
    expect(() => parse({ version: 1, paths: Array(100).fill('a') })).not.toThrow();
    expect(() => parse({ version: 2, paths: ['', '.'] })).toThrow(/version.*\n.*path "".*\n.*path "\."/);
    expect(() => parseRedaction('redact=r.json', '{')).toThrow('redact=r.json: must be a JSON object');
  });
});

describe('a record of any shape', () => {
  it('is scanned without recursion', () => {
    const levels = 9_999;
    const json = `${'{"a":'.repeat(levels)}{"password":1}${'}'.repeat(levels)}`;
    expect(redactor.redact(json, JSON.parse(json))?.text).toBe(json.replace('1', '"redacted"'));
  });

  it.each([
    ['a JSON text', (deep: string) => JSON.stringify(deep)],
    ['lists', (deep: string) => deep],
  ])('takes no memory for each level and each secret: in %s', (_, wrap) => {
    const secrets = Array(500).fill('"token":"x"').join();
    const deep = `${'['.repeat(2_000)}{${secrets}}${']'.repeat(2_000)}`;
    const json = `{"a":${wrap(deep)}}`;
    const { start } = defaultRedaction();
    const found = findSecrets(json, start);
    expect(found).toHaveLength(500);
    expect(found.filter(({ path = [] }) => path.length > 33)).toEqual([]);
    expect(findSecrets(deep, start, true).filter(({ path }) => path !== undefined)).toEqual([]);
    const result = redactor.redact(json, JSON.parse(json));
    expect(result?.text).toBe(json.replaceAll(/(\\?")x\1/g, '$1redacted$1'));
    expect(result?.parsed).toEqual(JSON.parse(result?.text ?? ''));
  });

  it('makes no more states than the limit, and still finds every secret', () => {
    // Each level has its own combination of active paths.
    const paths = Array.from({ length: 12 }, (_, i) => `**.x${'.*'.repeat(i)}.end`);
    const many = parseRedaction('r', JSON.stringify({ version: 1, defaults: false, paths }));
    const scan = new Redactor(many, createMark(undefined));
    for (let seed = 0; seed < 300; seed++) {
      let bits = seed * 2_654_435_761;
      let record: unknown = { end: 1 };
      for (let level = 0; level < 40; level++) {
        bits = (bits * 1_103_515_245 + 12_345) % 2 ** 31;
        record = { [bits % 3 === 0 ? 'x' : 'y']: record };
      }
      const json = JSON.stringify(record);
      const isSecret = /"x":(\{"[xy]":){0,11}\{"end"/.test(json);
      expect(textOf(scan, json)).toBe(isSecret ? json.replace(':1', ':"redacted"') : undefined);
    }
  });
});
