/**
 * Writes lambda/deliver/escape-json-wasm.ts from lambda/deliver/escape-json.wat.
 * See `npm run generate:escape -- --help`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { assembleEscape } from './assemble-escape.ts';
import { parseCheckOption } from './parse-check-option.ts';

const isCheck = parseCheckOption(
  'generate:escape',
  'Write lambda/deliver/escape-json-wasm.ts from escape-json.wat in the same folder.',
);

const source = new URL('../lambda/deliver/escape-json.wat', import.meta.url);
const assembledFile = new URL('../lambda/deliver/escape-json-wasm.ts', import.meta.url);

const assembled = await assembleEscape(readFileSync(source, 'utf8'));

if (!isCheck) {
  writeFileSync(assembledFile, assembled);
} else if (readFileSync(assembledFile, 'utf8') !== assembled) {
  console.error(
    'lambda/deliver/escape-json-wasm.ts is out of date. Run `npm run generate:escape` and commit the file.',
  );
  process.exitCode = 1;
}
