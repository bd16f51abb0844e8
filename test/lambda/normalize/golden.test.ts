import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../lambda/contract.ts';
import { parseRecord } from '../../../lambda/normalize/normalize-record.ts';
import { chooseProfile } from '../../../lambda/normalize/profiles/choose-profile.ts';
import { CONTEXT } from './profile-context.ts';

/** A golden case: the record's exact text, and the event it becomes. A new case is a new file. */
interface GoldenCase {
  record: string;
  /** Missing in a new case until `UPDATE_GOLDEN=1` writes it. */
  expected?: unknown;
}

/** The profile of each folder. `seed/` has Sekoia's own samples of July 2024, `edge/` our cases of the same rules. */
const FOLDERS: Record<string, Profile> = {
  seed: 'seed',
  edge: 'seed',
  'sekoia-2026': 'sekoia-2026',
  detection: 'detection',
};

/** Writes the events instead of comparing them. Those of `seed/` are Sekoia's own and are only compared. */
const isUpdate = process.env.UPDATE_GOLDEN === '1';

const NO_EXPECTED =
  'the case has no expected event: run UPDATE_GOLDEN=1 npx vitest run test/lambda/normalize/golden.test.ts';

const read = (url: URL) => JSON.parse(readFileSync(url, 'utf8'));
function compileSchema(profile: Profile) {
  const name = profile === 'seed' ? 'event.schema.json' : `event.${profile}.schema.json`;
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  return ajv.compile(read(new URL(`../../../docs/${name}`, import.meta.url)));
}

for (const [folder, profile] of Object.entries(FOLDERS)) {
  const normalize = chooseProfile(profile, CONTEXT);
  const isEvent = compileSchema(profile);
  const url = new URL(`../../golden/${folder}/`, import.meta.url);
  const files = readdirSync(url);

  describe(`golden cases of ${folder}`, () => {
    it.each(files)('%s', (file) => {
      const caseUrl = new URL(file, url);
      const { record, expected }: GoldenCase = read(caseUrl);
      const json = JSON.stringify(normalize(record, parseRecord(record)));
      const event = JSON.parse(json);
      if (isUpdate && folder !== 'seed') updateCase(caseUrl, record, expected, event);
      else {
        expect(expected, NO_EXPECTED).toBeDefined();
        expect(event).toStrictEqual(expected);
      }
      expect(event.message).toBe(record);
      expect(isEvent(event), JSON.stringify(isEvent.errors)).toBe(true);
    });
  });
}

it('seed has all 14 samples', () => {
  expect(readdirSync(new URL('../../golden/seed/', import.meta.url))).toHaveLength(14);
});

function updateCase(url: URL, record: string, expected: unknown, event: unknown): void {
  if (isDeepStrictEqual(event, expected)) return;
  writeFileSync(url, `${JSON.stringify({ record, expected: event }, null, 2)}\n`);
}
