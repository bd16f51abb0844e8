import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { normalizeRecord } from '../../../lambda/normalize/normalize-record.ts';

/** A golden case: the record's exact text, and the whole event it becomes. A new case is a new file. */
interface GoldenCase {
  record: string;
  expected: unknown;
}

const read = (url: URL) => JSON.parse(readFileSync(url, 'utf8'));
const isEvent = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
  read(new URL('../../../docs/event.schema.json', import.meta.url)),
);

for (const folder of ['seed', 'edge']) {
  const url = new URL(`../../golden/${folder}/`, import.meta.url);
  const files = readdirSync(url);

  describe(`golden cases of ${folder}`, () => {
    it.each(files)('%s', (file) => {
      const { record, expected }: GoldenCase = read(new URL(file, url));
      const json = JSON.stringify(normalizeRecord(record));
      const event = JSON.parse(json);
      expect(event).toStrictEqual(expected);
      expect(event.message).toBe(record);
      expect(isEvent(event), JSON.stringify(isEvent.errors)).toBe(true);
    });
  });
}

it('the seed has all of its 14 samples', () => {
  expect(readdirSync(new URL('../../golden/seed/', import.meta.url))).toHaveLength(14);
});
