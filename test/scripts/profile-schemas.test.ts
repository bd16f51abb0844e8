import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../lambda/contract.ts';
import { mergePatch, PATCHES } from '../../scripts/profile-schemas.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('the schemas of the profiles', () => {
  it.each(Object.entries(PATCHES))('%s is generated from the schema of the seed', (profile, patches) => {
    const schema = JSON.stringify(patches.reduce(mergePatch, JSON.parse(read('event.schema.json'))), null, 2);
    expect(read(`event.${profile}.schema.json`), 'run npm run generate:schemas').toBe(`${schema}\n`);
  });

  it('exist for every profile, each with its own title', () => {
    const files = PROFILES.map((profile) =>
      profile === 'seed' ? 'event.schema.json' : `event.${profile}.schema.json`,
    );
    const titles = files.map((file) => JSON.parse(read(file)).title);
    expect(new Set(titles).size).toBe(PROFILES.length);
  });
});

describe('a merge patch', () => {
  // https://www.rfc-editor.org/rfc/rfc7396#appendix-A
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j: %j', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });
});
