import type { PipelineErrorEvent, SekoiaEvent } from '../normalize/event.ts';

/** Whether an event is left out of the delivery, on purpose and counted. */
export type EventFilter = (event: SekoiaEvent | PipelineErrorEvent) => boolean;

/**
 * Reads rules such as `kms.amazonaws.com:Decrypt, s3.amazonaws.com:*`: `event.provider`, a colon, and
 * `event.action` or `*` for every action of that provider. A `pipeline_error` is never left out.
 *
 * @param name  of the setting, for the error
 * @param rules separated by commas; none means that every event is delivered
 * @throws Error where a rule has another form
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
        `${name} has "${rule}"; a rule is provider:action, as in kms.amazonaws.com:Decrypt or …:*`,
      );
    }
  }
  if (excluded.size === 0) return () => false;
  return ({ event }) =>
    !('kind' in event) &&
    (excluded.has(`${event.provider}:${event.action}`) || excluded.has(`${event.provider}:*`));
}
