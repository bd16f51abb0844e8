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
  /** Number of records; may be `Infinity`. */
  readonly count: number;
  /** Restricts the records to one account, as in a real log object. @default several */
  readonly accountId?: string;
  /** Restricts the records to one region; global services appear only in us-east-1. @default several */
  readonly region?: string;
  /** @default all except Insights and network activity, which CloudTrail delivers in separate objects */
  readonly templates?: readonly Template[];
  /** Uses each template at least once if `count` is large enough. @default false */
  readonly everyTemplate?: boolean;
  /** Time of the first event. @default 2026-11-03T08:00:00Z */
  readonly startTime?: Date;
}

export interface NamedRecord {
  /** The template's name, see `templateName`. */
  readonly template: string;
  /** The record's exact JSON text. */
  readonly text: string;
}

/** Generates `count` CloudTrail records as JSON text. The same options give the same records on any machine. */
export function* generateRecords(options: CorpusOptions): Generator<string, void, void> {
  for (const record of generateNamedRecords(options)) yield record.text;
}

/** Like {@link generateRecords}, with the name of each record's template. */
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

/** Returns how many records apart the single templates are: runs stay intact between them, and all of them fit. */
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

/** How many principals are active at once, and how often the log switches between them. */
const parallelRuns = 4;
const turnProbability = 0.25;

/**
 * Picks the session of the next record. Real files interleave long runs of similar records from a few principals.
 * That is why gzip compresses them tenfold, and why caches in a reader pay off.
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
