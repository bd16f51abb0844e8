/**
 * Writes the schemas of the profiles from `docs/event.schema.json`; see `npm run generate:schemas -- --help`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseCheckOption } from './parse-check-option.ts';
import { mergePatch, PATCHES } from './profile-schemas.ts';

const isCheck = parseCheckOption(
  'generate:schemas',
  'Write the schemas of the profiles from docs/event.schema.json.',
);

const docs = new URL('../docs/', import.meta.url);
const seed = JSON.parse(readFileSync(new URL('event.schema.json', docs), 'utf8'));

for (const [profile, patches] of Object.entries(PATCHES)) {
  const file = fileURLToPath(new URL(`event.${profile}.schema.json`, docs));
  const schema = `${JSON.stringify(patches.reduce(mergePatch, seed), null, 2)}\n`;
  if (!isCheck) {
    writeFileSync(file, schema);
  } else if (readFileSync(file, 'utf8') !== schema) {
    console.error(`${file} is out of date. Run \`npm run generate:schemas\` and commit the file.`);
    process.exitCode = 1;
  }
}
