/** Writes the sample log objects and notifications in events/; see `npm run generate:samples -- --help`. */
import { fileURLToPath } from 'node:url';
import { findStaleSamples, writeSamples } from '../samples/sample-files.ts';
import { parseCheckOption } from './parse-check-option.ts';

const isCheck = parseCheckOption(
  'generate:samples',
  'Write the sample log objects and notifications in events/ that are missing or out of date.',
);
const folder = fileURLToPath(new URL('../events', import.meta.url));

if (isCheck) {
  const stale = await findStaleSamples(folder);
  for (const line of stale) console.error(line);
  if (stale.length > 0) {
    console.error(
      'The samples in events/ are out of date. Run `npm run generate:samples` and commit the files.',
    );
    process.exitCode = 1;
  }
} else {
  const written = await writeSamples(folder);
  for (const file of written) console.log(`events/${file}`);
  console.log(written.length === 0 ? 'All samples are up to date.' : `Files written: ${written.length}`);
}
