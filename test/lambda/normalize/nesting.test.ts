import { afterEach, describe, expect, it, vi } from 'vitest';
import { nestsTooDeep } from '../../../lambda/normalize/nesting.ts';
import { normalizeOrReport } from '../../../lambda/normalize/pipeline-error.ts';
import { RecordSplitter } from '../../../lambda/read/split-records.ts';

const LIMITS = [
  [9_999, false],
  [10_000, false],
  [10_001, true],
] as const;

/** Records with a given number of levels, including the record's own brace. */
const SHAPES = {
  arrays: (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`,
  objects: (levels: number) => `${'{"a":'.repeat(levels)}7${'}'.repeat(levels)}`,
  'alternating arrays and objects': (levels: number) => mixed(levels),
  'siblings at each level': (levels: number) =>
    `{"a":${'[[],{},'.repeat(levels - 2)}[]${']'.repeat(levels - 2)}}`,
};

function mixed(levels: number): string {
  const isArray = (level: number) => level % 2 === 1;
  const all = Array.from({ length: levels }, (_, level) => level);
  const opened = all.map((level) => (isArray(level) ? '[' : '{"a":'));
  const closed = all.map((level) => (isArray(level) ? ']' : '}')).reverse();
  return `${opened.join('')}7${closed.join('')}`;
}

const place = { path: 's3://b/k.json.gz', index: 3, time: '2026-11-22T00:00:00Z' };

afterEach(() => {
  vi.restoreAllMocks();
});

describe('nesting', () => {
  describe.each(Object.entries(SHAPES))('of %s', (_, write) => {
    it.each(LIMITS)('at %i levels is too deep: %s', (levels, isTooDeep) => {
      const text = write(levels);
      expect(depthOf(JSON.parse(text))).toBe(levels);
      expect(nestsTooDeep(text)).toBe(isTooDeep);
    });
  });

  it.each([
    ['a bracket', '['],
    ['a brace', '{'],
    ['a bracket after an escaped quote', '\\"['],
    ['a bracket after an escaped backslash and an escaped quote', '\\\\\\"['],
  ])('ignores %s in a string', (_, inside) => {
    const inOne = `{"a":"${inside.repeat(20_000)}"}`;
    const inMany = `{"a":[${new Array(20_000).fill(`"${inside}"`)}]}`;
    for (const text of [inOne, inMany]) {
      JSON.parse(text);
      expect(nestsTooDeep(text)).toBe(false);
    }
  });

  it.each([
    ['a string of closing brackets', '"]]}}"'],
    ['a string that ends in an escaped backslash', '"\\\\"'],
    ['a string that ends in an escaped quote', '"]\\""'],
    ['a string of one escaped quote', '"\\""'],
    ['an empty string', '""'],
  ])('counts brackets after %s', (_, string) => {
    for (const [levels, isTooDeep] of LIMITS) {
      const text = `{"a":${`[${string},`.repeat(levels - 1)}7${']'.repeat(levels - 1)}}`;
      expect(depthOf(JSON.parse(text))).toBe(levels);
      expect(nestsTooDeep(text)).toBe(isTooDeep);
    }
  });

  it('counts only brackets that are open at the same time', () => {
    expect(nestsTooDeep(`{"a":[${new Array(20_000).fill('[{}]')}]}`)).toBe(false);
  });

  it.each([
    ['the end of the text', '{"a":"'],
    ['an escape at the end of the text', '{"a":"\\'],
  ])('ends an open string at %s', (_, text) => {
    expect(nestsTooDeep('['.repeat(10_000) + text.slice(1))).toBe(false);
    expect(nestsTooDeep('['.repeat(10_000) + text)).toBe(true);
  });
});

describe('a record', () => {
  it.each(LIMITS)('of %i levels becomes a pipeline_error without being parsed: %s', (levels, isTooDeep) => {
    const text = SHAPES.objects(levels);
    const parse = vi.spyOn(JSON, 'parse');
    const { event, malformed } = normalizeOrReport(text, place);
    expect(parse.mock.calls.filter(([parsed]) => parsed === text)).toHaveLength(isTooDeep ? 0 : 1);
    expect(malformed?.message).toBe(
      isTooDeep ? 'the record has more than 10,000 levels of nesting' : undefined,
    );
    if (isTooDeep) {
      expect(event).toEqual({
        message: text,
        event: { kind: 'pipeline_error' },
        '@timestamp': place.time,
        error: { message: 'the record has more than 10,000 levels of nesting', type: 'MalformedRecordError' },
        log: { file: { path: place.path }, offset: place.index },
      });
    } else {
      expect(event).toMatchObject({ message: text, event: { category: ['network'] } });
    }
  });

  const recordWith = (member: string) => `{"eventVersion":"1.11","a":${member}}`;
  const flat = recordWith('1');

  /** Splits a log object in one chunk. Returns `parsed` of each record, set if the splitter parsed it. */
  function split(texts: string[]) {
    const splitter = new RecordSplitter();
    splitter.push(Buffer.from(`{"Records":[${texts}]}`));
    const records = texts.map(() => splitter.next());
    expect(records.map((record) => record?.text)).toEqual(texts);
    expect(splitter.next()).toBeUndefined();
    splitter.end();
    expect(splitter.outcome).toBe('records');
    return records.map((record) => record?.parsed);
  }

  describe.each(LIMITS)('of %i levels in a log object', (levels, isTooDeep) => {
    const deep = recordWith(SHAPES.arrays(levels - 1));

    it.each([
      ['first', [deep, flat, flat], [!isTooDeep, true, false]],
      ['between others', [flat, deep, flat], [true, !isTooDeep, false]],
      // The end of the last record is never guessed.
      ['last', [flat, flat, deep], [true, true, false]],
    ])(`is ${isTooDeep ? 'never ' : ''}parsed if its end is guessed: %s`, (_, texts, expected) => {
      const parse = vi.spyOn(JSON, 'parse');
      expect(split(texts).map((parsed) => parsed !== undefined)).toEqual(expected);
      expect(parse.mock.calls.some(([text]) => text.includes(deep))).toBe(expected[texts.indexOf(deep)]);
    });
  });

  it('with too many levels counts as a wrong guess', () => {
    const deep = recordWith(SHAPES.arrays(10_000));
    const parsedAfter = (count: number) => split([...new Array(count).fill(deep), flat, flat])[count];
    expect([parsedAfter(7), parsedAfter(8)]).toEqual([{ eventVersion: '1.11', a: 1 }, undefined]);
  });

  it('before one with too many levels keeps its end', () => {
    const brackets = '['.repeat(10_001) + ']'.repeat(10_001);
    // The first boundary is after the `{}`, so the first guess spans three records.
    expect(split([flat, brackets, '{}', flat])).toEqual([undefined, undefined, {}, undefined]);
  });
});

/** Levels of a parsed value, without recursion. */
function depthOf(value: unknown): number {
  let depth = 0;
  for (let level = [value]; level.some(isContainer); depth++) {
    level = level.filter(isContainer).flatMap((container) => Object.values(container));
  }
  return depth;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
