/**
 * Writes lambda/normalize/user-agent-rules.ts from the installed uap-core.
 * See `npm run generate:user-agents -- --help`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseCheckOption } from './parse-check-option.ts';
import { renderUserAgentRules } from './render-user-agent-rules.ts';

const isCheck = parseCheckOption(
  'generate:user-agents',
  'Write lambda/normalize/user-agent-rules.ts from the installed uap-core.',
);

const { resolve } = createRequire(import.meta.url);
const rulesFile = fileURLToPath(new URL('../lambda/normalize/user-agent-rules.ts', import.meta.url));

const { version } = JSON.parse(readFileSync(resolve('uap-core/package.json'), 'utf8'));
const rules = renderUserAgentRules(readFileSync(resolve('uap-core/regexes.yaml'), 'utf8'), version);

if (!isCheck) {
  writeFileSync(rulesFile, rules);
} else if (readFileSync(rulesFile, 'utf8') !== rules) {
  console.error(
    'lambda/normalize/user-agent-rules.ts is out of date. Run `npm run generate:user-agents` and commit the file.',
  );
  process.exitCode = 1;
}
