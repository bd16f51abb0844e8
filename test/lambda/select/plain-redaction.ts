/** The reference version of redaction: slow, on parsed values, and without any code of the function. */

/** A JSON value that keeps duplicate keys, the text of numbers, and how strings are written. */
export type Plain =
  | { kind: 'object'; members: [key: string, value: Plain][] }
  | { kind: 'array'; elements: Plain[] }
  | { kind: 'text'; value: string }
  | { kind: 'json text'; value: Plain }
  | { kind: 'bare'; text: string };

/** A path as a regular expression on a place like `/requestParameters/environment[]/value`. */
export const DEFAULT_PLACES = [
  /^\/responseElements\/credentials\/sessionToken$/,
  /^\/responseElements\/accessKey\/secretAccessKey$/,
  /\/userData$/,
  /\/environment\[\]\/value$/,
  /\/environment\/variables\/[^/[]*$/,
  /\/environmentVariables\[\]\/value$/,
  /\/(password|masterUserPassword|secret|secretString|token|authToken|privateKey)$/,
];

/** Words of every name in the paths, for the spellings in which a key may be written. */
const NAMES = [
  'responseElements',
  'credentials',
  'sessionToken',
  'accessKey',
  'secretAccessKey',
  'userData',
  'environment',
  'value',
  'variables',
  'environmentVariables',
  'password',
  'masterUserPassword',
  'secret',
  'secretString',
  'token',
  'authToken',
  'privateKey',
];

const SPELLINGS = NAMES.map((name): [RegExp, string] => [
  new RegExp(`^${[...name].join('[_-]*')}$`, 'i'),
  name,
]);

/** The name that a key spells, or the key without the characters that separate places. */
function nameOf(key: string): string {
  return SPELLINGS.find(([spelling]) => spelling.test(key))?.[1] ?? `other ${key.replace(/[/[\]]/g, '')}`;
}

/** Returns the value with `replacement` for each secret, and how many there are. */
export function redactPlainly(value: Plain, replacement: Plain): { value: Plain; secrets: number } {
  let secrets = 0;
  const visit = (at: Plain, place: string, isInner: boolean): Plain => {
    const isNull = at.kind === 'bare' && at.text === 'null';
    if (!isNull && DEFAULT_PLACES.some((path) => path.test(place))) {
      secrets++;
      return replacement;
    }
    if (at.kind === 'object')
      return {
        kind: 'object',
        members: at.members.map(([key, member]) => [key, visit(member, `${place}/${nameOf(key)}`, isInner)]),
      };
    if (at.kind === 'array')
      return { kind: 'array', elements: at.elements.map((element) => visit(element, `${place}[]`, isInner)) };
    if (at.kind === 'json text' && !isInner)
      return { kind: 'json text', value: visit(at.value, place, true) };
    return at;
  };
  return { value: visit(value, '', false), secrets };
}

/** How to write a value: spaces between tokens, and a string as JSON. */
export interface Style {
  space(): string;
  quote(text: string): string;
}

export const COMPACT: Style = { space: () => '', quote: (text) => JSON.stringify(text) };

export function write(value: Plain, style: Style): string {
  const { space, quote } = style;
  switch (value.kind) {
    case 'object':
      return `{${value.members
        .map(
          ([key, member]) => `${space()}${quote(key)}${space()}:${space()}${write(member, style)}${space()}`,
        )
        .join(',')}${space()}}`;
    case 'array':
      return `[${value.elements.map((element) => `${space()}${write(element, style)}${space()}`).join(',')}${space()}]`;
    case 'text':
      return quote(value.value);
    case 'json text':
      return quote(write(value.value, style));
    case 'bare':
      return value.text;
  }
}
