import { Command } from 'commander';

/**
 * Parses the arguments of a script that generates committed files.
 *
 * Exits with status 0 after `--help`, and with status 2 and one line on stderr for an invalid argument.
 *
 * @param script name in package.json
 * @returns whether `--check` was given
 */
export function parseCheckOption(script: string, description: string): boolean {
  const command = new Command(`npm run ${script} --`)
    .description(description)
    .option('--check', 'only check; exit 1 if a committed file is out of date')
    .configureOutput({ outputError: (message, write) => write(`${message.trim().replaceAll('\n', ' ')}\n`) })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse();
  return command.opts<{ check?: boolean }>().check ?? false;
}
