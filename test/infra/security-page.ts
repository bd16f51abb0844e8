import { readFileSync } from 'node:fs';

export interface Row {
  readonly rule: string;
  /** Logical ID without its hash. */
  readonly resource: string;
}

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

/** Returns a row per rule and resource of the table under a heading of `docs/security.md`. */
export function rowsOf(heading: string): Row[] {
  const section = page.split('\n## ').find((text) => text.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => {
      const [, rule = '', resources = ''] = line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
      return resources.split(', ').map((resource) => ({ rule, resource }));
    });
}
