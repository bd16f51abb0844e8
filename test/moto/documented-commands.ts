import { readFileSync } from 'node:fs';

/** A block of shell commands, or commands in the text. */
export interface Commands {
  /** `docs/runbook.md:76` */
  readonly place: string;
  readonly script: string;
}

const SHELL_BLOCK = /^( *)```sh\n(.*?)^ *```$/gms;
const INLINE = /`(aws [a-z0-9-]+ [a-z0-9-]+ -[^`\n]*)`/g;

const PROGRAMS = /\b(aws|cloudtrail-firehose (backfill|preflight|replay|status|verify)) /;

/** Finds the commands of a page that call AWS, themselves or by this project's program, in the page's order. */
export function commandsOf(page: string): Commands[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const found: { at: number; script: string }[] = [];
  for (const { index, 1: indent = '', 2: block = '' } of text.matchAll(SHELL_BLOCK))
    if (PROGRAMS.test(block)) found.push({ at: index, script: block.replaceAll(`\n${indent}`, '\n') });
  for (const { index, 1: script = '' } of text.matchAll(INLINE)) found.push({ at: index, script });
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ at, script }) => ({
      place: `${page}:${text.slice(0, at).split('\n').length}`,
      script,
    }));
}

/**
 * Replaces each `<name>` of a script.
 *
 * @throws Error if a name has no value
 */
export function fillIn(script: string, values: Record<string, string>): string {
  return script.replace(/<([A-Za-z][\w ]*)>/g, (_, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for <${name}> in: ${script}`);
    return value;
  });
}
