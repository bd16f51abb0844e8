import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ENV, PROFILES, type Profile } from '../lambda/contract.ts';
import type { Normalize } from '../lambda/normalize/normalize-record.ts';
import { chooseProfile } from '../lambda/normalize/profiles/choose-profile.ts';
import { parseAccountNames, parseLabels } from '../lambda/normalize/profiles/static-context.ts';
import { UsageError } from './endings.ts';
import { asUsage, readOptionFile } from './option-file.ts';
import { callersFolder } from './package.ts';

/** The options of a command that makes events. */
export interface ProfileOptions {
  /** @default seed */
  profile?: Profile;
  labels?: string;
  accounts?: string;
}

export interface ChosenProfile {
  normalize: Normalize;
  /** The same choice as environment variables of the function. Replaces those of the caller. */
  environment: Record<string, string>;
}

export function addProfileOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--profile <name>', 'which event a record becomes (default: seed)').choices(PROFILES),
    )
    .option('--labels <list>', 'labels of every event, like env=prod,team=payments (profile detection)')
    .option('--accounts <file>', 'JSON file of account names by ID (profile detection)');
}

/**
 * Reads the files that the options name.
 *
 * @throws UsageError for an invalid option, before anything is written
 */
export function chooseProfileOf({ profile = 'seed', labels, accounts }: ProfileOptions): ChosenProfile {
  for (const [name, value] of Object.entries({ labels, accounts }))
    if (value !== undefined && profile !== 'detection')
      throw new UsageError(`--${name} requires --profile detection (got ${profile})`);
  const file = accounts === undefined ? undefined : resolve(callersFolder(), accounts);
  const normalize = chooseProfile(profile, {
    labels: labels === undefined ? undefined : asUsage(() => parseLabels('--labels', labels)),
    accountNames:
      accounts === undefined ? undefined : readOptionFile('--accounts', accounts, parseAccountNames),
  });
  const environment = {
    [ENV.profile]: profile,
    [ENV.labels]: labels ?? '',
    [ENV.accountsFile]: file ?? '',
  };
  return { normalize, environment };
}
