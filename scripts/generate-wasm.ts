/**
 * Assembles each `.wat` file of the function into a `-wasm.ts` file in the same folder.
 * See `npm run generate:wasm -- --help`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { assembleWasm } from './assemble-wasm.ts';
import { parseCheckOption } from './parse-check-option.ts';

const SOURCES = ['lambda/deliver/escape-json.wat', 'lambda/select/find-name.wat'];

const isCheck = parseCheckOption('generate:wasm', `Write the -wasm.ts files of ${SOURCES.join(' and ')}.`);

for (const source of SOURCES) {
  const file = source.replace('.wat', '-wasm.ts');
  const url = new URL(`../${file}`, import.meta.url);
  const wat = readFileSync(new URL(`../${source}`, import.meta.url), 'utf8');
  const assembled = await assembleWasm(basename(source), wat);
  if (!isCheck) {
    writeFileSync(url, assembled);
  } else if (readFileSync(url, 'utf8') !== assembled) {
    console.error(`${file} is out of date. Run \`npm run generate:wasm\` and commit the file.`);
    process.exitCode = 1;
  }
}
