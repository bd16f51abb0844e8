import { actorProfiles } from './actors.ts';
import type { ActorKind } from './caller.ts';
import { createRandom, type Random } from './random.ts';
import { renderRecord } from './render-record.ts';
import { openSession } from './session.ts';
import type { Session } from './template.ts';
import { type Template, templateName } from './template.ts';
import { logTemplates } from './templates/index.ts';
import { accountIds, regions } from './world.ts';

export interface CorpusOptions {
  readonly seed: number;
  /** How many records; may be `Infinity`. */
  readonly count: number;
  /** Keeps to one account, as a real log object does. @default several */
  readonly accountId?: string;
  /** Keeps to one region, as a real log object does; global services appear in us-east-1 only. @default several */
  readonly region?: string;
  /** @default all but Insights and network activity, which have objects of their own */
  readonly templates?: readonly Template[];
  /** Each template at least once, if `count` is not below their number. @default false */
  readonly everyTemplate?: boolean;
  /** When the first event happens. @default 2026-11-03T08:00:00Z */
  readonly startTime?: Date;
}

export interface NamedRecord {
  /** See `templateName`. */
  readonly template: string;
  /** The record's exact JSON text. */
  readonly text: string;
}

/** The texts of `count` CloudTrail records; the same options give the same texts, on any machine. */
export function* generateRecords(options: CorpusOptions): Generator<string, void, void> {
  for (const record of generateNamedRecords(options)) yield record.text;
}

/** As {@link generateRecords}, each text with the name of the template it comes from. */
export function* generateNamedRecords(options: CorpusOptions): Generator<NamedRecord, void, void> {
  const random = createRandom(options.seed);
  const cast = castOf(options);
  const singles = options.everyTemplate === true ? [...cast.templates] : [];
  const singlesEvery = spacing(options.count, singles.length);
  const runs: Run[] = [];
  let timeMs = (options.startTime ?? new Date('2026-11-03T08:00:00Z')).getTime();
  for (let index = 0; index < options.count; index += 1) {
    timeMs += random.int(0, 700);
    const time = new Date(timeMs);
    const single = index % singlesEvery === 0 ? singles.shift() : undefined;
    const session =
      single === undefined ? nextOfRun(random, runs, cast, time) : openFor(random, single, cast, time);
    const template = single ?? random.pick(session.templates);
    const call = {
      random,
      session,
      accountId: session.accountId,
      region: template.region ?? session.region,
      time: `${time.toISOString().slice(0, 19)}Z`,
    };
    yield { template: templateName(template), text: renderRecord(template, call) };
  }
}

/** Far enough apart to leave the runs between them, near enough for the last to find its place. */
function spacing(count: number, singles: number): number {
  return Math.max(1, Math.min(20, Math.floor(count / Math.max(1, singles))));
}

interface Run {
  readonly session: Session;
  callsLeft: number;
}

interface Cast {
  readonly templates: readonly Template[];
  readonly actors: readonly {
    readonly kind: ActorKind;
    readonly weight: number;
    readonly templates: Template[];
  }[];
  readonly accountIds: readonly string[];
  readonly regions: readonly string[];
}

function castOf(options: CorpusOptions): Cast {
  const templates = (options.templates ?? logTemplates).filter(
    (template) =>
      template.region === undefined || options.region === undefined || template.region === options.region,
  );
  const actors = (Object.keys(actorProfiles) as ActorKind[])
    .map((kind) => ({
      kind,
      weight: actorProfiles[kind].weight,
      templates: templates.filter((template) => template.actors.includes(kind)),
    }))
    .filter((actor) => actor.templates.length > 0);
  return {
    templates,
    actors,
    accountIds: options.accountId === undefined ? accountIds : [options.accountId],
    regions: options.region === undefined ? regions : [options.region],
  };
}

/** How many principals are at work at the same time, and how often the file turns from one to the next. */
const parallelRuns = 4;
const turnProbability = 0.25;

/**
 * Real files are long runs of near-equal records, a few principals interleaved: that is what makes gzip ten
 * times smaller, and caches in a reader worth their while.
 */
function nextOfRun(random: Random, runs: Run[], cast: Cast, time: Date): Session {
  if (random.chance(turnProbability)) runs.push(...runs.splice(0, 1));
  if (runs.length < parallelRuns) runs.unshift(openRun(random, cast, time));
  const run = runs[0] ?? openRun(random, cast, time);
  run.callsLeft -= 1;
  if (run.callsLeft <= 0) runs.shift();
  return run.session;
}

function openRun(random: Random, cast: Cast, time: Date): Run {
  const actor = random.pickWeighted(cast.actors);
  const place = { accountId: random.pick(cast.accountIds), region: random.pick(cast.regions), time };
  const session = openSession(random, actor.kind, place, actor.templates);
  return { session, callsLeft: session.callCount };
}

function openFor(random: Random, template: Template, cast: Cast, time: Date): Session {
  const place = { accountId: random.pick(cast.accountIds), region: random.pick(cast.regions), time };
  return openSession(random, random.pick(template.actors), place, [template]);
}
