import { type Command, CommanderError } from 'commander';
import { type NamingOptions, placesOf } from './places.ts';
import type { Policy } from './policies.ts';
import { renderPolicy } from './policy.ts';

/** Adds `--print-policy` to a command: it prints what the command needs and ends, whatever else is missing. */
export function addPrintPolicy(command: Command, policy: Policy): Command {
  return command
    .option('--print-policy', 'print the IAM policy that this command needs, and end')
    .on('option:print-policy', () => {
      for (const option of command.options) option.mandatory = false;
      for (const argument of command.registeredArguments) argument.required = false;
    })
    .hook('preAction', () => {
      const options: NamingOptions & { printPolicy?: boolean } = command.opts();
      if (!options.printPolicy) return;
      console.log(renderPolicy(policy(placesOf(options))));
      throw new CommanderError(0, 'policy.printed', '');
    });
}
