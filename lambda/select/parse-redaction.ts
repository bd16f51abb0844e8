import { type Part, parsePath, type SecretPath } from './path-pattern.ts';
import { RedactPaths } from './redact-paths.ts';
import { parseFile } from './selection-file.ts';

/** Value of the setting for the default paths alone. */
export const DEFAULT_REDACTION = 'default';

/** Where CloudTrail passes secrets on. See docs/control.md. */
export const DEFAULT_PATHS = [
  'responseElements.credentials.sessionToken',
  'responseElements.accessKey.secretAccessKey',
  '**.userData',
  '**.environment[*].value',
  '**.environment.variables.*',
  '**.environmentVariables[*].value',
  '**.password',
  '**.masterUserPassword',
  '**.secret',
  '**.secretString',
  '**.token',
  '**.authToken',
  '**.privateKey',
];

/** Identities that a file may replace by pseudonyms. */
const PSEUDONYMS = new Map<unknown, [path: string, part?: Part]>([
  ['userName', ['userIdentity.userName']],
  // The part before the colon is a unique ID, what follows is the name of the session.
  ['principalId', ['userIdentity.principalId', 'after colon']],
  ['sourceIPAddress', ['sourceIPAddress']],
]);

const MAX_PATHS = 100;

/** Returns the default paths, compiled. */
export function defaultRedaction(): RedactPaths {
  return new RedactPaths(defaultPaths());
}

function defaultPaths(): SecretPath[] {
  return DEFAULT_PATHS.flatMap((path) => toSecretPath(path));
}

/**
 * Parses a file of redaction paths:
 *
 *   { "version": 1, "defaults": true, "paths": ["**.apiKey"], "pseudonyms": ["userName", "sourceIPAddress"] }
 *
 * `defaults` is true unless the file says otherwise.
 *
 * @param file where the text is from, for the error
 * @throws SelectionFileError with every problem
 */
export function parseRedaction(file: string, text: string): RedactPaths {
  return parseFile(file, text, ['defaults', 'paths', 'pseudonyms'], (document, report) => {
    const { defaults = true } = document;
    if (typeof defaults !== 'boolean') report('"defaults" must be true or false');
    const listOf = (name: string): unknown[] => {
      const { [name]: list = [] } = document;
      if (!Array.isArray(list)) report(`"${name}" must be a list`);
      return Array.isArray(list) ? list : [];
    };
    const given = listOf('paths');
    if (given.length > MAX_PATHS) report(`has ${given.length} paths, expected at most ${MAX_PATHS}`);
    const paths = given.flatMap((path) => {
      const found = toSecretPath(path);
      if (found.length === 0)
        report(
          `path ${JSON.stringify(path)} must be names separated by dots, like "**.apiKey" or "requestParameters.tags[*].value"`,
        );
      return found;
    });
    const pseudonyms = listOf('pseudonyms').flatMap((name) => {
      const found = PSEUDONYMS.get(name);
      if (!found)
        report(`pseudonym ${JSON.stringify(name)} must be one of ${[...PSEUDONYMS.keys()].join(', ')}`);
      return found ? toSecretPath(...found) : [];
    });
    const all = [...(defaults ? defaultPaths() : []), ...paths, ...pseudonyms];
    if (all.length === 0) report('has no path. Write "defaults": true or a path');
    return new RedactPaths(all);
  });
}

/** @returns nothing if it is not a path, or has no name to search for */
function toSecretPath(path: unknown, part: Part = 'value'): SecretPath[] {
  const steps = typeof path === 'string' ? parsePath(path, true) : undefined;
  return steps?.some((step) => typeof step === 'object') ? [{ steps, part }] : [];
}
