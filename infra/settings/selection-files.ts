import { readFileSync } from 'node:fs';
import { parseExcludeEvents } from '../../lambda/select/exclude-events.ts';
import { DEFAULT_REDACTION, parseRedaction } from '../../lambda/select/parse-redaction.ts';
import { parseRules } from '../../lambda/select/parse-rules.ts';
import { SelectionFileError } from '../../lambda/select/selection-file.ts';
import type { PipelineSettings } from './settings.ts';

/** Settings that select records, and how much of them. */
export type SelectionSettings = Pick<PipelineSettings, 'excludeEvents' | 'rulesFile' | 'redact'>;

/** Files that are deployed next to the function's code, by the setting that names their source. */
const DEPLOYED_NAMES = { rulesFile: 'rules.json', redact: 'redact.json' } as const;

/** Returns the files to deploy, as text by name. */
export function selectionFiles(settings: SelectionSettings): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [name, deployed] of Object.entries(DEPLOYED_NAMES)) {
    const file = fileOf(name as keyof typeof DEPLOYED_NAMES, settings);
    if (file !== undefined) files[deployed] = readFileSync(file, 'utf8');
  }
  return files;
}

/** Returns how the function finds a file: its deployed name, or `default`. */
export function deployedName(
  name: keyof typeof DEPLOYED_NAMES,
  settings: SelectionSettings,
): string | undefined {
  return fileOf(name, settings) === undefined ? settings[name] : DEPLOYED_NAMES[name];
}

/** Returns the names of the rules that may drop records, each once. */
export function droppingRules(settings: SelectionSettings): string[] {
  const { rulesFile, excludeEvents } = settings;
  const rules = [
    ...(rulesFile === undefined ? [] : parseRules('rulesFile', readFileSync(rulesFile, 'utf8'))),
    ...parseExcludeEvents('excludeEvents', excludeEvents?.join()),
  ];
  return [...new Set(rules.filter(({ action }) => action === 'drop').map(({ name }) => name))];
}

/** Uses the function's own parsers, which would otherwise refuse the files at startup. */
export function checkSelectionFiles(settings: SelectionSettings): string[] {
  const [rulesFile, redact] = [fileOf('rulesFile', settings), fileOf('redact', settings)];
  return [
    ...(rulesFile === undefined ? [] : checkFile('rulesFile', rulesFile, parseRules)),
    ...(redact === undefined ? [] : checkFile('redact', redact, parseRedaction)),
  ];
}

function fileOf(name: keyof typeof DEPLOYED_NAMES, settings: SelectionSettings): string | undefined {
  const given = settings[name];
  return name === 'redact' && given === DEFAULT_REDACTION ? undefined : given;
}

function checkFile(
  setting: string,
  file: string,
  parse: (name: string, text: string) => unknown,
): readonly string[] {
  const name = `${setting}=${file}`;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [`${name} cannot be read (${code}). Name a file relative to the folder that you deploy from.`];
  }
  try {
    parse(name, text);
    return [];
  } catch (error) {
    if (error instanceof SelectionFileError) return error.message.split('\n');
    throw error;
  }
}
