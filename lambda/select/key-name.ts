const SEPARATORS_INSIDE = /(?<=[^_-])[_-]+(?=[^_-])/g;

/**
 * Returns a name as redaction compares it: in lowercase, without `_` and `-` inside.
 *
 *   masterUserPassword = MasterUserPassword = master_user_password = MASTER-USER-PASSWORD
 */
export function foldName(name: string): string {
  // Lowers only A to Z: in Unicode, the lowercase of a Kelvin sign is `k`.
  return name.replace(SEPARATORS_INSIDE, '').replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Returns the source of a regular expression that matches each spelling of a name, if it ignores case. */
export function spellingsOf(name: string): string {
  const escaped = Array.from(foldName(name), (unit) => unit.replace(/[^\w]/, '\\$&'));
  // JSON may have a backslash before a slash.
  return escaped.join('[_-]*').replaceAll('\\/', '\\\\*\\/');
}
