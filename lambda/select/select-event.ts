import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../normalize/event.ts';
import { nestsTooDeep } from '../normalize/nesting.ts';
import type { Normalize } from '../normalize/normalize-record.ts';
import {
  type NormalizedOrNot,
  normalizeOrReport,
  type RecordPlace,
  unsearchableEvent,
} from '../normalize/pipeline-error.ts';
import { isObject } from '../normalize/value.ts';
import type { RawRecord } from '../read/raw-record.ts';
import type { RedactedRecord, Redactor } from './redactor.ts';
import type { RuleSet } from './rule-set.ts';

/** What selects records and how much of them. Both are optional. */
export interface Selection {
  rules?: RuleSet | undefined;
  redactor?: Redactor | undefined;
  /** Rules of the profile. @default - those of profile `seed` */
  normalize?: Normalize | undefined;
}

/** The event of a record, or the name of the rule that drops it. */
export type SelectedEvent = (NormalizedOrNot & { droppedBy?: undefined }) | { droppedBy: string };

/**
 * Applies the rules to a record, replaces its secrets, and normalizes what is left. Rules see the original record, and
 * everything after redaction only the marks.
 *
 * A record that is not a JSON object is never dropped. It has no paths to search for secrets either, so with redaction
 * it is delivered without its text.
 */
export function selectEvent(
  record: RawRecord,
  place: RecordPlace,
  { rules, redactor, normalize }: Selection,
): SelectedEvent {
  const { text, parsed, utf8 } = record;
  if ((!rules && !redactor) || text === undefined) return normalizeOrReport(text, place, parsed, normalize);
  const value = parsed ?? parse(text);
  if (rules && isObject(value)) {
    const rule = rules.find(value);
    if (rule?.action === 'drop') return { droppedBy: rule.name };
  }
  const known = isObject(value) ? value : undefined;
  if (!redactor) return normalizeOrReport(text, place, known, normalize);
  const redacted = known === undefined ? NOT_AN_OBJECT : redact(redactor, text, known, utf8);
  if (redacted === undefined) return normalizeOrReport(text, place, known, normalize);
  if (redacted instanceof Error)
    return unsearchableEvent(redacted, createHash('sha256').update(text).digest('hex'), place);
  const result = normalizeOrReport(redacted.text, place, redacted.parsed, normalize);
  result.event.log = { file: { path: place.path }, flags: ['redacted'], offset: place.index };
  return result;
}

const NOT_AN_OBJECT = new Error('the record is not a JSON object, so secrets in it cannot be found');

/** Returns the parsed record; `undefined` if it is not JSON or nests too deep to be parsed. */
function parse(text: string): JsonValue | undefined {
  if (nestsTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the redacted record; `undefined` if it has no secret. */
function redact(
  redactor: Redactor,
  text: string,
  parsed: JsonObject,
  utf8: Buffer | undefined,
): RedactedRecord | undefined | Error {
  try {
    return redactor.redact(text, parsed, utf8);
  } catch {
    // The message of the error could quote the record.
    return BROKEN;
  }
}

const BROKEN = new Error('secrets in the record could not be replaced');
