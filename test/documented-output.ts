import { readFileSync } from 'node:fs';

/**
 * Returns the output that docs/operate.md shows for a command.
 *
 * @param command without the program's name
 * @throws Error if the page does not show it
 */
export function documentedOutput(command: string): string {
  const page = readFileSync(new URL('../docs/operate.md', import.meta.url), 'utf8');
  const start = `$ cloudtrail-firehose ${command}\n`;
  const [, after] = page.split(start);
  const [output] = after?.split('```') ?? [];
  if (output === undefined) throw new Error(`docs/operate.md has no output of ${command}`);
  return output;
}

/** Replaces what differs between runs: times, ages and IDs. */
export function withoutTimes(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/(\d+ (s|min|h) ?)+ago/g, 'AGE ago')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
}
