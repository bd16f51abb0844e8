import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KEY_ARN } from './combinations.ts';
import { REDACT_KEY_ARN } from './deployed-locally.ts';
import { listOf, roleStatements, synthesize } from './synthesize.ts';

const security = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');

/** Cells of each row in the table under a heading, without the table's head. */
function rowsOf(heading: string): string[][] {
  const section = security.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.split('|').map((cell) => cell.trim()));
}

it('SECURITY.md lists every statement of the function’s role with its actions', () => {
  const listed = rowsOf('Rights of the function').map(([, sid, actions = '']) => ({
    sid: sid?.replaceAll('`', ''),
    effect: actions.startsWith('deny ') ? 'Deny' : 'Allow',
    actions: [...actions.matchAll(/`([^`]+)`/g)].map(([, action]) => action).sort(),
  }));
  const statements = roleStatements(
    synthesize({
      encryptTrail: true,
      kmsKeyArn: KEY_ARN,
      redact: 'default',
      redactKeySecretArn: REDACT_KEY_ARN,
    }),
    'DeliverRole',
  ).map(({ Sid, Effect, Action }) => ({ sid: Sid, effect: Effect, actions: [...listOf(Action)].sort() }));
  expect(statements.length).toBeGreaterThan(5);
  expect(listed).toEqual(statements);
});
