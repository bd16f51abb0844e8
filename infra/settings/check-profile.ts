import { readFileSync } from 'node:fs';
import { parseAccountNames, parseLabels } from '../../lambda/normalize/profiles/static-context.ts';
import type { PipelineSettings } from './settings.ts';

/**
 * Checks the profile's settings with the function's own parsers, which would otherwise refuse them at startup.
 *
 * @returns one message per problem
 */
export function checkProfile(settings: PipelineSettings): string[] {
  const { profile = 'seed', labels, accountsFile } = settings;
  const problems: string[] = [];
  for (const name of ['labels', 'accountsFile'] as const)
    if (settings[name] !== undefined && profile !== 'detection')
      problems.push(
        `${name} requires profile=detection (got ${profile}). Set profile=detection or remove ${name}.`,
      );
  if (labels !== undefined) problems.push(...problemOf(() => parseLabels('labels', labels.join())));
  if (accountsFile !== undefined)
    problems.push(...problemOf(() => parseAccountNames('accountsFile', readAccountsFile(accountsFile))));
  return problems;
}

/**
 * Reads the file of account names. A relative path starts at the current folder.
 *
 * @throws Error that names the setting if the file cannot be read
 */
export function readAccountsFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `accountsFile must be the path of a readable file (got ${path}: ${code}). Correct the path or remove accountsFile.`,
    );
  }
}

function problemOf(parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
