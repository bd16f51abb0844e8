import type { PipelineErrorEvent, RawEvent, SekoiaEvent } from '../normalize/event.ts';

/** Whether the settings exclude an event from delivery. Excluded events are counted. */
export type EventFilter = (event: SekoiaEvent | RawEvent | PipelineErrorEvent) => boolean;

/**
 * Parses rules like `kms.amazonaws.com:Decrypt, s3.amazonaws.com:*`: `event.provider`, a colon, and
 * `event.action` or `*` for every action of that provider. Never excludes a `pipeline_error`.
 *
 * @param name  name of the setting, for the error message
 * @param rules separated by commas. @default - no rules
 * @throws Error if a rule is malformed
 */
export function parseFilter(name: string, rules: string | undefined): EventFilter {
  const excluded = new Set(
    (rules ?? '')
      .split(',')
      .map((rule) => rule.trim())
      .filter(Boolean),
  );
  for (const rule of excluded) {
    if (!/^[\w.-]+:([\w.-]+( [\w.-]+)*|\*)$/.test(rule)) {
      throw new Error(
        `${name} must contain rules of the form provider:action only (got "${rule}"). Use rules like kms.amazonaws.com:Decrypt or s3.amazonaws.com:*, separated by commas.`,
      );
    }
  }
  if (excluded.size === 0) return () => false;
  return ({ event }) =>
    !('kind' in event) &&
    (excluded.has(`${event.provider}:${event.action}`) || excluded.has(`${event.provider}:*`));
}
