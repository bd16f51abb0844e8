import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ENV } from '../lambda/contract.ts';
import { DEFAULT_REDACTION, defaultRedaction, parseRedaction } from '../lambda/select/parse-redaction.ts';
import { parseRules } from '../lambda/select/parse-rules.ts';
import { createMark, Redactor, readKey } from '../lambda/select/redactor.ts';
import { RuleSet } from '../lambda/select/rule-set.ts';
import type { Selection } from '../lambda/select/select-event.ts';
import { UsageError } from './endings.ts';
import { readOptionFile } from './option-file.ts';
import { callersFolder } from './package.ts';

/** Options of every command that makes events. */
export interface SelectionOptions {
  rules?: string;
  redact?: string;
  redactKeyFile?: string;
}

/** @param prefix start of each description, for options that need another one */
export function addSelectionOptions(command: Command, prefix = ''): Command {
  return command
    .option('--rules <file>', `${prefix}drop the records that rules name, see docs/control.md`)
    .option('--redact <paths>', `${prefix}replace secrets: default, or a file of paths`)
    .option('--redact-key-file <file>', `${prefix}file with the key of the marks that replace secrets`);
}

/** @throws UsageError for a file that is missing or wrong, and for a key without `--redact` */
export function readSelection({ rules, redact, redactKeyFile }: SelectionOptions): Selection {
  if (redactKeyFile !== undefined && redact === undefined)
    throw new UsageError('--redact-key-file requires --redact. Add --redact default.');
  return {
    rules: rules === undefined ? undefined : readRules(rules),
    redactor: redact === undefined ? undefined : readRedactor(redact, redactKeyFile),
  };
}

/** @throws UsageError for a file that is missing or wrong */
export function readRules(file: string): RuleSet {
  return readOptionFile('--rules', file, (name, text) => new RuleSet(parseRules(name, text)));
}

function readRedactor(redact: string, keyFile: string | undefined): Redactor {
  const paths =
    redact === DEFAULT_REDACTION ? defaultRedaction() : readOptionFile('--redact', redact, parseRedaction);
  return new Redactor(
    paths,
    createMark(keyFile === undefined ? undefined : readOptionFile('--redact-key-file', keyFile, readKey)),
  );
}

/** Returns the same for the handler: its environment, and the key for Secrets Manager. */
export function selectionEnvironment(
  { rules, redact, redactKeyFile }: SelectionOptions,
  secretArn: string,
): { environment: Record<string, string>; key: string | undefined } {
  const pathOf = (file: string) => resolve(callersFolder(), file);
  const key = redactKeyFile === undefined ? undefined : readFileSync(pathOf(redactKeyFile), 'utf8');
  return {
    environment: {
      ...(rules !== undefined && { [ENV.rulesFile]: pathOf(rules) }),
      ...(redact !== undefined && { [ENV.redact]: redact === DEFAULT_REDACTION ? redact : pathOf(redact) }),
      ...(key !== undefined && { [ENV.redactKeySecretArn]: secretArn }),
    },
    key,
  };
}
