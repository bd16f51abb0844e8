/**
 * Writes lambda/normalize/user-agent-rules.ts from the installed uap-core.
 *
 *     npm run generate:user-agents               write
 *     npm run generate:user-agents -- --check    write nothing; exit 1 where the committed file is stale
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { renderUserAgentRules } from './render-user-agent-rules.ts';

const { resolve } = createRequire(import.meta.url);
const rulesFile = fileURLToPath(new URL('../lambda/normalize/user-agent-rules.ts', import.meta.url));

const { version } = JSON.parse(readFileSync(resolve('uap-core/package.json'), 'utf8'));
const rules = renderUserAgentRules(readFileSync(resolve('uap-core/regexes.yaml'), 'utf8'), version);

if (!process.argv.includes('--check')) {
  writeFileSync(rulesFile, rules);
} else if (readFileSync(rulesFile, 'utf8') !== rules) {
  console.error(
    'lambda/normalize/user-agent-rules.ts is stale: run `npm run generate:user-agents` and commit it',
  );
  process.exitCode = 1;
}
