/** Labels and account names as people write them, checked by the function, the stack and the commands. */

/**
 * Parses `env=prod,team=payments` into labels.
 *
 * Names are in lower case, because Athena reads names in lower case. Values have no comma, which separates labels.
 *
 * @param name  name of the setting, for the error message
 * @param given labels separated by commas
 * @throws Error if a label is malformed or appears twice
 */
export function parseLabels(name: string, given: string): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const text of given.split(',')) {
    const [, key, value] = LABEL.exec(text.trim()) ?? [];
    if (key === undefined || value === undefined || labels.has(key))
      throw new Error(
        `${name} must contain labels of the form name=value only, each name once (got "${text}"). Use labels like env=prod or team=payments, separated by commas.`,
      );
    labels.set(key, value);
  }
  return Object.freeze(Object.fromEntries(labels));
}

/** Up to 64 characters of name and 256 of value. */
const LABEL = /^([a-z][a-z0-9_]{0,63})=([^\p{Cc},]{1,256})$/u;

/**
 * Parses `{"111122223333": "payments-prod"}` into names by account ID.
 *
 * @param name name of the setting, for the error message
 * @param json text of the file
 * @throws Error if the text is anything else
 */
export function parseAccountNames(name: string, json: string): ReadonlyMap<string, string> {
  const entries = entriesOf(json);
  const wrong = entries?.find(
    ([id, text]) => !/^\d{12}$/.test(id) || typeof text !== 'string' || text === '',
  );
  if (entries === undefined || wrong !== undefined)
    throw new Error(
      `${name} must be a JSON file of account names by 12-digit ID${wrong ? ` (got an entry "${wrong[0]}")` : ''}. Write a file like {"111122223333": "payments-prod"}.`,
    );
  return new Map(entries as [string, string][]);
}

function entriesOf(json: string): [string, unknown][] | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    const isMap = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isMap ? Object.entries(parsed) : undefined;
  } catch {
    return undefined;
  }
}
