import type { ActorKind } from './caller.ts';
import { createRandom } from './random.ts';
import { renderRecord } from './render-record.ts';
import { openSession } from './session.ts';
import type { Template } from './template.ts';

export interface SessionOptions {
  readonly seed: number;
  readonly actor: ActorKind;
  readonly accountId: string;
  readonly region: string;
}

export interface TimedCall {
  readonly template: Template;
  readonly time: Date;
}

/** Renders the given calls as one session: one caller from one address. */
export function sessionRecords(options: SessionOptions, calls: readonly TimedCall[]): string[] {
  const { seed, actor, accountId, region } = options;
  const random = createRandom(seed);
  const time = calls[0]?.time ?? new Date(0);
  const templates = calls.map(({ template }) => template);
  const session = openSession(random, actor, { accountId, region, time }, templates);
  return calls.map((call) =>
    renderRecord(call.template, {
      random,
      session,
      accountId,
      region: call.template.region ?? region,
      time: `${call.time.toISOString().slice(0, 19)}Z`,
    }),
  );
}

/** Calls the templates in turn, at a steady pace. */
export function callsInTurn(
  templates: readonly Template[],
  { count, startTime, secondsApart }: { count: number; startTime: Date; secondsApart: number },
): TimedCall[] {
  return Array.from({ length: count }, (_, index) => ({
    template: templates[index % templates.length] as Template,
    time: new Date(startTime.getTime() + index * secondsApart * 1_000),
  }));
}
