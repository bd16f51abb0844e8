/**
 * Reference version of the parser: reads regexes.yaml as docs/specification.md of uap-core describes it, and
 * tries all expressions in order, without skipping or caching.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';

export interface Rule {
  expression: RegExp;
  /** The replacements for family, major, minor and patch. `undefined` means the group of that number. */
  replacements: (string | undefined)[];
}

export const yaml = readFileSync(createRequire(import.meta.url).resolve('uap-core/regexes.yaml'), 'utf8');

const document: Record<string, Record<string, string>[]> = parse(yaml);

export const browserRules = readRules('user_agent_parsers', [
  'family_replacement',
  'v1_replacement',
  'v2_replacement',
  'v3_replacement',
]);
export const osRules = readRules('os_parsers', [
  'os_replacement',
  'os_v1_replacement',
  'os_v2_replacement',
  'os_v3_replacement',
]);
export const deviceRules = readRules('device_parsers', ['device_replacement']);

export function parseByReference(userAgent: string) {
  const read = readablePart(userAgent);
  const [name, ...version] = answer(browserRules, read);
  const [os, ...osVersion] = answer(osRules, read);
  const [device] = answer(deviceRules, read);
  return {
    name: name || 'Other',
    ...versionUntilGap(version),
    os: { name: os || 'Other', ...versionUntilGap(osVersion) },
    // "Leading and tailing whitespaces shall be trimmed from the result" applies only to devices.
    device: { name: device?.trim() || 'Other' },
  };
}

/** The first 500 characters, after trimming leading white space from a longer agent. */
export function readablePart(userAgent: string): string {
  return userAgent.length <= 500 ? userAgent : userAgent.replace(/^\s+/, '').substring(0, 500);
}

function readRules(list: string, keys: string[]): Rule[] {
  return (document[list] ?? []).map((entry) => ({
    expression: new RegExp(entry.regex ?? '', entry.regex_flag),
    replacements: keys.map((key) => entry[key]),
  }));
}

/** "The first matching `regex` stops processing the list." */
function answer(rules: Rule[], userAgent: string): (string | undefined)[] {
  for (const { expression, replacements } of rules) {
    const groups = expression.exec(userAgent);
    if (groups) {
      return replacements.map((replacement, index) =>
        replacement === undefined
          ? groups[index + 1]
          : replacement.replace(/\$[1-9]/g, (placeholder) => groups[Number(placeholder[1])] ?? ''),
      );
    }
  }
  return [];
}

function versionUntilGap([major, minor, patch]: (string | undefined)[]): { version?: string } {
  if (!major) return {};
  if (!minor) return { version: major };
  return { version: patch ? `${major}.${minor}.${patch}` : `${major}.${minor}` };
}
