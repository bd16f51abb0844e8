/**
 * Writes NOTICE from the packages in the function's bundle; see `npm run generate:notice -- --help`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { findBundledPackages } from './bundled-packages.ts';
import { parseCheckOption } from './parse-check-option.ts';
import { renderNotice } from './render-notice.ts';

const isCheck = parseCheckOption(
  'generate:notice',
  "Write NOTICE from the packages in the function's bundle.",
);

const { resolve } = createRequire(import.meta.url);
const noticeFile = fileURLToPath(new URL('../NOTICE', import.meta.url));

const { version } = JSON.parse(readFileSync(resolve('uap-core/package.json'), 'utf8'));
const notice = renderNotice(await findBundledPackages(), version);

if (!isCheck) {
  writeFileSync(noticeFile, notice);
} else if (readFileSync(noticeFile, 'utf8') !== notice) {
  console.error('NOTICE is out of date. Run `npm run generate:notice` and commit the file.');
  process.exitCode = 1;
}
