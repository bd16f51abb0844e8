import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BundledPackage, findBundledPackages, packageFolderOf } from '../../scripts/bundled-packages.ts';
import { PERMISSIVE_LICENCES, renderNotice } from '../../scripts/render-notice.ts';

const { resolve } = createRequire(import.meta.url);
const notice = readFileSync(new URL('../../NOTICE', import.meta.url), 'utf8');
const uapCore: { version: string } = JSON.parse(readFileSync(resolve('uap-core/package.json'), 'utf8'));

let packages: BundledPackage[];
beforeAll(async () => {
  packages = await findBundledPackages();
});

const BUNDLED: BundledPackage = {
  name: 'example',
  version: '1.2.3',
  licence: 'MIT',
  source: 'https://example.com/example',
  author: 'A. Writer',
  licenceText: 'Copyright 2020 A. Writer\nDo as you like.',
  noticeText: undefined,
};

describe('the packages in the bundle', () => {
  it('are those that the function imports, and what they import', () => {
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        '@aws-sdk/client-firehose',
        '@aws-sdk/client-s3',
        '@aws-sdk/client-sqs',
        '@aws-sdk/core',
        '@smithy/core',
        'tldts',
        'tldts-core',
        'ua-parser-js',
      ]),
    );
    expect(names).toEqual([...new Set(names)].sort());
  });

  it('leave out what only the deployment or the tests need', () => {
    const names = packages.map(({ name }) => name);
    expect(names.filter((name) => /cdk|constructs|vitest|esbuild|commander|uap-core/.test(name))).toEqual([]);
  });

  it('have the versions of package-lock.json', () => {
    const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
    for (const { name, version } of packages)
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
  });

  it('have permissive licences', () => {
    const others = packages.filter(({ licence }) => !PERMISSIVE_LICENCES.includes(licence));
    expect(others.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
  });

  it.each([
    ['node_modules/tldts/dist/es6/index.js', 'node_modules/tldts'],
    ['node_modules/@smithy/core/dist-es/index.js', 'node_modules/@smithy/core'],
    ['node_modules/a/node_modules/@b/c/index.js', 'node_modules/a/node_modules/@b/c'],
    ['lambda/handler.ts', undefined],
  ])('%s is in %s', (file, folder) => {
    expect(packageFolderOf(file)).toBe(folder);
  });
});

describe('NOTICE', () => {
  it('is what the generator writes (if not: npm run generate:notice)', () => {
    expect(notice).toBe(renderNotice(packages, uapCore.version));
  });

  it('passes the check of the command', () => {
    const command = fileURLToPath(new URL('../../scripts/generate-notice.ts', import.meta.url));
    execFileSync(process.execPath, ['--import', 'tsx', command, '--check']);
  });

  it('names every package with its version, the rules from uap-core and the Public Suffix List', () => {
    for (const { name, version } of packages) expect(notice).toContain(`${name} ${version} (https://`);
    expect(notice).toContain(`regexes.yaml of uap-core ${uapCore.version}`);
    expect(notice).toContain('https://publicsuffix.org/list/public_suffix_list.dat');
  });

  it('has the full licence text of every package that is not under Apache-2.0', () => {
    const withText = packages.filter(({ licence }) => licence !== 'Apache-2.0');
    expect(withText.length).toBeGreaterThan(2);
    for (const { name, licenceText } of withText)
      expect(notice.includes(licenceText ?? '?'), name).toBe(true);
  });
});

describe('the generator', () => {
  const render = (...changed: Partial<BundledPackage>[]) =>
    renderNotice(
      changed.map((change) => ({ ...BUNDLED, ...change })),
      '0',
    );

  it.each(['AGPL-3.0-or-later', 'GPL-3.0', 'MPL-2.0', '(MIT OR GPL-3.0-or-later)', 'undefined'])(
    'refuses the licence %s',
    (licence) => {
      expect(() => render({}, { name: 'other', licence })).toThrow(`other 1.2.3 has the licence ${licence}.`);
    },
  );

  it('refuses a package without the licence text that its licence requires', () => {
    expect(() => render({ licenceText: undefined })).toThrow('example 1.2.3 ships no licence file');
  });

  it('changes with a version', () => {
    expect(render({ version: '1.2.4' })).not.toBe(render({}));
  });

  it('writes a licence text once for all packages that share it', () => {
    const text = render({}, { name: 'example-core' });
    expect(text.split('Do as you like.')).toHaveLength(2);
    expect(text).toContain(
      'example 1.2.3 (https://example.com/example)\nexample-core 1.2.3 (https://example.com/example)\n\nCopyright 2020',
    );
  });

  it.each<[string, Partial<BundledPackage>, string]>([
    [
      'the copyright line of the licence file',
      { licenceText: 'Copyright [yyyy] [name of copyright owner]\n   Copyright 2019 Amazon.com, Inc.' },
      'Copyright 2019 Amazon.com, Inc.',
    ],
    [
      'the author if the licence file has no such line',
      { licenceText: 'Apache License' },
      'Author: A. Writer',
    ],
    ['the author without a licence file', { licenceText: undefined }, 'Author: A. Writer'],
    [
      "the package's own NOTICE",
      { noticeText: 'Contains parts of X.' },
      'Copyright 2020 A. Writer\nContains parts of X.',
    ],
  ])('adds to a package under Apache-2.0 %s', (_, changed, expected) => {
    expect(render({ licence: 'Apache-2.0', ...changed })).toContain(
      `example 1.2.3 (https://example.com/example)\n${expected}\n`,
    );
  });
});
