import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findStaleSamples, writeSamples } from '../samples/sample-files.ts';

/** `npm run generate:samples` writes the sample log objects and notifications; `-- --check` only looks. */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const folder = fileURLToPath(new URL('../events', import.meta.url));

if (values.check) {
  const stale = await findStaleSamples(folder);
  for (const line of stale) console.error(line);
  if (stale.length > 0) {
    console.error('The samples under events/ are not what the corpus makes. Run: npm run generate:samples');
    process.exitCode = 1;
  }
} else {
  const written = await writeSamples(folder);
  for (const file of written) console.log(`events/${file}`);
  console.log(written.length === 0 ? 'All samples were up to date.' : `${written.length} files written.`);
}
