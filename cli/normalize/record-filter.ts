import type { Span } from '../../digest/spans.ts';
import type { JsonObject, JsonValue } from '../../lambda/normalize/event.ts';
import { nestsTooDeep } from '../../lambda/normalize/nesting.ts';
import { isObject } from '../../lambda/normalize/value.ts';
import type { RawRecord } from '../../lambda/read/raw-record.ts';
import type { Kind } from '../../lambda/trigger/trail-kinds.ts';

/** What a record must be to pass. A member that is `undefined` lets every record pass. */
export interface RecordFilter {
  readonly range?: Span | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly kinds?: readonly Kind[] | undefined;
}

/**
 * Kinds by `eventCategory`:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
const KIND_OF_CATEGORY: Readonly<Record<string, Kind>> = {
  Management: 'log',
  Data: 'log',
  Insight: 'insight',
  NetworkActivity: 'networkActivity',
  Aggregated: 'aggregated',
};

/**
 * Whether a record passes. One that does not tell, such as an invalid record, passes: it is not lost in silence.
 *
 * Parses the record, and leaves the result in `parsed` for those that need it next.
 */
export function passes(record: RawRecord, { range, accounts, regions, kinds }: RecordFilter): boolean {
  record.parsed ??= parse(record.text);
  if (record.parsed === undefined) return true;
  const { eventTime, timeWindow, awsRegion, eventCategory, ...rest } = record.parsed;
  // An aggregated event has a window instead of a time.
  const ms = Date.parse(String(eventTime ?? member(timeWindow, 'windowStart')));
  const category = typeof eventCategory === 'string' ? eventCategory : '';
  return (
    (range === undefined || Number.isNaN(ms) || (ms >= range.startMs && ms < range.endMs)) &&
    isWanted(accountOf(rest), accounts) &&
    isWanted(awsRegion, regions) &&
    isWanted(Object.hasOwn(KIND_OF_CATEGORY, category) ? KIND_OF_CATEGORY[category] : undefined, kinds)
  );
}

/** The account that the record was delivered to; in aggregated events `accountId`, in old ones that of the caller. */
function accountOf({ recipientAccountId, accountId, userIdentity }: JsonObject): JsonValue | undefined {
  return recipientAccountId ?? accountId ?? member(userIdentity, 'accountId');
}

function isWanted(value: JsonValue | undefined, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || typeof value !== 'string' || wanted.includes(value);
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) ? value[name] : undefined;
}

function parse(text: string | undefined): JsonObject | undefined {
  if (text === undefined || nestsTooDeep(text)) return undefined;
  try {
    const value: JsonValue = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
