import type { JsonObject, JsonValue } from '../normalize/event.ts';
import { findOnlySecret } from './find-only-secret.ts';
import { findSecrets, type Secret } from './find-secrets.ts';
import { openHmac } from './hmac.ts';
import { SEVERAL } from './key-search.ts';
import { type Key, valueAt } from './parsed-path.ts';
import type { RedactPaths } from './redact-paths.ts';

/** Replaces a secret. The same secret gives the same mark under the same key. */
export type Mark = (secret: string) => string;

/** Hexadecimal digits of a mark: 128 bits, so two secrets do not share one by chance. */
const MARK_DIGITS = 32;

/** A shorter key could be guessed. */
export const MIN_KEY_BYTES = 32;

/**
 * Returns the function that makes marks: `redacted:<32 hexadecimal digits of HMAC-SHA-256>`, or `redacted` without a
 * key.
 */
export function createMark(key: Uint8Array | undefined): Mark {
  if (key === undefined) return () => 'redacted';
  const hmac = openHmac(key);
  return (secret) => `redacted:${hmac(secret).slice(0, MARK_DIGITS)}`;
}

/**
 * Reads a key from text, like a secret's value or a file. White space around it does not count, because editors end a
 * file with a newline.
 *
 * @param name what holds the key, for the error, which never contains the key
 * @throws Error if the key is too short
 */
export function readKey(name: string, text: string): Uint8Array {
  const key = Buffer.from(text.trim());
  if (key.length >= MIN_KEY_BYTES) return key;
  throw new Error(
    `${name} must contain a key of at least ${MIN_KEY_BYTES} characters (got ${key.length}). Create one with: openssl rand -hex 32`,
  );
}

/** Replaces the secrets in a record's text. */
export class Redactor {
  readonly paths: RedactPaths;
  readonly #mark: Mark;

  constructor(paths: RedactPaths, mark: Mark) {
    this.paths = paths;
    this.#mark = mark;
  }

  /**
   * @param text   a record that is a JSON object
   * @param parsed the parsed record, which must not be used afterwards
   * @param utf8   the bytes of the text, if they are known
   * @returns the text with a mark in place of each secret, and every other character as it was, and the same parsed;
   *   `undefined` if the record has no secret
   */
  redact(text: string, parsed: JsonObject, utf8?: Buffer): RedactedRecord | undefined {
    const secrets = this.#find(text, parsed, utf8);
    if (secrets.length === 0) return undefined;
    let redacted = '';
    let copied = 0;
    let isPatched = true;
    for (const secret of secrets) {
      const { from, to, content, place } = secret;
      const mark = this.#mark(content);
      redacted += text.slice(copied, from) + QUOTES[place] + mark + QUOTES[place];
      copied = to;
      isPatched &&= patch(parsed, secret, mark);
    }
    redacted += text.slice(copied);
    return { text: redacted, parsed: isPatched ? parsed : JSON.parse(redacted) };
  }

  #find(text: string, parsed: JsonObject, utf8: Buffer | undefined): readonly Secret[] {
    const { keys } = this.paths;
    const from = keys.find(text, utf8);
    if (from === undefined) return [];
    const only = from === SEVERAL ? undefined : findOnlySecret(text, from, parsed, keys.straight);
    return only ? [only] : findSecrets(text, this.paths.start);
  }
}

export interface RedactedRecord {
  text: string;
  parsed: JsonObject;
}

/** What is written before and after a mark. */
const QUOTES = { value: '"', text: '', 'inner value': '\\"' };

/**
 * Replaces a secret in the parsed record, which saves parsing the text again.
 *
 * @returns whether the parsed value was the secret. It is not if it is not a text, is too deep, or if a duplicate key
 *   replaced it
 */
function patch(parsed: JsonObject, { content, place, path }: Secret, mark: string): boolean {
  if (place !== 'value' || !path || valueAt(parsed, path) !== content) return false;
  const parent = valueAt(parsed, path.slice(0, -1)) as Record<Key, JsonValue>;
  parent[path.at(-1) ?? ''] = mark;
  return true;
}
