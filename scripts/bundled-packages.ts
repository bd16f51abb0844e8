import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE_SETTINGS } from '../infra/function/bundle-function.ts';

/** An npm package with code in the function's bundle. */
export interface BundledPackage {
  name: string;
  version: string;
  /** SPDX identifier from its package.json. */
  licence: string;
  /** Web address of its source. */
  source: string;
  author: string;
  /** Its licence file; `undefined` if it ships none. */
  licenceText: string | undefined;
  /** Its NOTICE file, which Apache-2.0 asks us to pass on; `undefined` if it ships none. */
  noticeText: string | undefined;
}

/**
 * Bundles the function and returns the packages that esbuild put into it, in alphabetical order. A package
 * that is imported, but of which tree shaking leaves no byte in the bundle, is not listed.
 */
export async function findBundledPackages(): Promise<BundledPackage[]> {
  const { metafile } = await build({ ...BUNDLE_SETTINGS, sourcemap: false, metafile: true, write: false });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs.flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (packageFolderOf(file) ?? []) : [],
  );
  return [...new Set(folders)].sort().map(describePackage);
}

const ROOT = BUNDLE_SETTINGS.absWorkingDir;

/** `node_modules/@smithy/core/dist-es/index.js` → `node_modules/@smithy/core`; `undefined` for the project's own files. */
export function packageFolderOf(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function describePackage(folder: string): BundledPackage {
  const { name, version, license, author, repository } = JSON.parse(
    readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
  );
  const files = readdirSync(join(ROOT, folder)).sort();
  const textOf = (pattern: RegExp) => {
    const file = files.find((candidate) => pattern.test(candidate));
    return (
      file &&
      readFileSync(join(ROOT, folder, file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim()
    );
  };
  return {
    name,
    version,
    licence: String(license),
    source: webAddressOf(typeof repository === 'string' ? repository : repository?.url),
    author: typeof author === 'string' ? author : (author?.name ?? ''),
    licenceText: textOf(/^licen[cs]e(\.(md|txt))?$/i),
    noticeText: textOf(/^notice(\.(md|txt))?$/i),
  };
}

/** `git+ssh://git@github.com/remusao/tldts.git` → `https://github.com/remusao/tldts` */
function webAddressOf(repository = ''): string {
  return repository.replace(/^(git\+)?(https?|ssh|git):\/\/(git@)?/, 'https://').replace(/\.git$/, '');
}
