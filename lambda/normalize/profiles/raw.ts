import type { JsonObject, RawEvent } from '../event.ts';
import { normalizeTimestamp } from '../timestamp.ts';
import { object, scalar, text } from '../value.ts';

/** Profile `raw`: the record's own text, for receivers that parse CloudTrail themselves. */
export function keepRaw(message: string, record: JsonObject): RawEvent {
  const eventTime = text(record.eventTime);
  const insight = object(record.insightDetails);
  return {
    kind: 'raw',
    message,
    event: {
      action: scalar(record.eventName) ?? scalar(insight.eventName),
      provider: scalar(record.eventSource) ?? scalar(insight.eventSource),
    },
    '@timestamp': eventTime === undefined ? undefined : normalizeTimestamp(eventTime),
  };
}
