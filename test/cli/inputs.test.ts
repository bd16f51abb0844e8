import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { timeOfInput } from '../../cli/input.ts';
import { resolveInputs } from '../../cli/inputs.ts';

const root = mkdtempSync(join(tmpdir(), 'inputs-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, text = '{"Records":[{"n":1}]}'): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

/** Resolves names below the folder of the tests. */
async function resolve(...names: string[]) {
  const { inputs, errors, notes } = await resolveInputs(names, root, { stop: new AbortController().signal });
  return { names: inputs.map(({ name }) => name), inputs, errors, notes };
}

it('names a file of a glob that cannot be read, and resolves the others', async () => {
  for (const name of ['a', 'c']) write(`glob/${name}.json.gz`);
  // Not UTF-8, so the name that the glob gives is that of no file.
  writeFileSync(Buffer.from(`${root}/glob/b\u00ff.json.gz`, 'latin1'), '');
  const { names, errors } = await resolve('glob/*.gz');
  expect(names).toEqual(['glob/a.json.gz', 'glob/c.json.gz']);
  expect(errors.map(({ name }) => name)).toEqual(['glob/b\ufffd.json.gz']);
});

describe('links in a folder', () => {
  it('that lead to each other have more names than can be listed, and each file is one input', async () => {
    const folders = Array.from({ length: 12 }, (_, index) => `each/${String(index).padStart(2, '0')}`);
    for (const folder of folders) {
      write(`${folder}/log.json`);
      for (const [index, other] of folders.entries())
        symlinkSync(join(root, other), join(root, folder, `to-${index}`));
    }
    const { names, errors, notes } = await resolve('each');
    expect(names).toEqual(folders.map((folder) => `${folder}/log.json`));
    expect(errors).toEqual([]);
    expect(notes).toEqual(['each: 144 links skipped: what they lead to is read under another name']);
  });

  it('name what has no name of its own there, once', async () => {
    write('elsewhere/deep/x.json');
    write('elsewhere/y.json');
    mkdirSync(join(root, 'named'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'named/b'));
    symlinkSync(join(root, 'elsewhere/y.json'), join(root, 'named/a.json'));
    symlinkSync(join(root, 'elsewhere/deep'), join(root, 'named/c'));
    const { names, notes } = await resolve('named');
    expect(names).toEqual(['named/a.json', 'named/b/deep/x.json']);
    expect(notes).toEqual(['named: 2 links skipped: what they lead to is read under another name']);
  });
});

it('tells of a pipe in a folder that is not read', async () => {
  write('piped/x.json');
  for (const name of ['log.json', 'other']) execFileSync('mkfifo', [join(root, 'piped', name)]);
  const { names, notes } = await resolve('piped');
  expect(names).toEqual(['piped/x.json']);
  expect(notes).toEqual(['piped: 1 pipe skipped: to read a pipe, name it on the command line']);
});

it('ends the list of a folder when it is stopped', async () => {
  write('stopped/x.json');
  const { inputs, errors } = await resolveInputs(['stopped'], root, { stop: AbortSignal.abort() });
  expect({ inputs, errors }).toEqual({ inputs: [], errors: [] });
});

it.each([
  ['an empty list of records is a log object', '{"Records":[]}', false],
  ['a record is one', '{"Records":[{"eventName":"A"}]}', false],
  [
    'a notification is none',
    '{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k.json.gz"}}}]}',
    true,
  ],
])('%s', async (_, text, isNotification) => {
  write('one.json', text);
  const { inputs } = await resolve('one.json');
  expect(inputs[0]?.notification?.isKnown ?? false).toBe(isNotification);
});

it.each([
  ['111122223333_CloudTrail_eu-west-3_20261103T0905Z_a.json', '2026-11-03T09:05:00Z'],
  ['export.json', '2026-11-01T00:00:00.000Z'],
])('gives invalid records of %s a time that two runs share', async (name, time) => {
  write(name);
  utimesSync(join(root, name), new Date(), new Date('2026-11-01'));
  const { inputs } = await resolve(name);
  expect(inputs.map(timeOfInput)).toEqual([time]);
});
