import { type CheckedDigest, isValid } from './check-digest.ts';
import { isSameChain } from './digest-key.ts';
import type { Fault, Finding, Note, Place } from './findings.ts';
import type { Hour } from './hour.ts';
import { type Facts, judgeTrail, type TrailJudgement } from './judge-trail.ts';
import { type LogObject, parseLogObject } from './log-object.ts';
import { findUncovered, overlaps, type Span } from './spans.ts';

const MINUTE_MS = 60_000;

/** The time in a file's name is not exactly that of its delivery, so the digest before or after may list the file. */
const NAME_IS_EARLIER_BY_MS = 15 * MINUTE_MS;
const NAME_IS_LATER_BY_MS = 5 * MINUTE_MS;

/** The kind whose files every digest lists. Others count as signed once a digest lists one. */
const ALWAYS_SIGNED = 'CloudTrail';

export interface RegionFacts extends Facts {
  readonly bucket: string;
  readonly account: string;
  readonly region: string;
  /** Objects of the range in the trails' folders, without the digests. */
  readonly objects: readonly LogObject[];
}

export interface Judgement {
  readonly hours: readonly Hour[];
  readonly faults: readonly Finding<Fault>[];
  readonly notes: readonly Finding<Note>[];
}

/** Judges all trails of an account and region, and the objects that none of their digests lists. */
export function judgeRegion(facts: RegionFacts): Judgement {
  const { account, region } = facts;
  const trails = groupByTrail(facts.digests).filter((digests) => !startsAfter(digests, facts.range));
  const judged =
    trails.length === 0
      ? [judgeTrail({ account, region }, { ...facts, digests: [] })]
      : trails.map((digests) => {
          const trail = digests[0]?.place.trail ?? '';
          return judgeTrail({ account, region, trail }, { ...facts, digests });
        });
  const unsigned = judgeUnsigned(facts, judged);
  return {
    hours: judged
      .flatMap(({ hours }) => hours)
      .sort((a, b) => a.span.startMs - b.span.startMs || (a.digest < b.digest ? -1 : 1)),
    faults: [...judged.flatMap(({ faults }) => faults), ...unsigned.faults],
    notes: [...judged.flatMap(({ notes }) => notes), ...unsigned.notes],
  };
}

function groupByTrail(digests: readonly CheckedDigest[]): CheckedDigest[][] {
  const groups: CheckedDigest[][] = [];
  for (const digest of digests) {
    const group = groups.find(([first]) => first && isSameChain(first.place, digest.place));
    if (group) group.push(digest);
    else groups.push([digest]);
  }
  return groups;
}

/** Whether the trail was created after the range. */
function startsAfter(digests: readonly CheckedDigest[], range: Span): boolean {
  const [first] = digests
    .toSorted((a, b) => a.place.endMs - b.place.endMs)
    .filter(({ place }) => !place.isBackfill);
  return first?.digest !== undefined && !first.digest.previous && first.digest.startMs >= range.endMs;
}

function judgeUnsigned(facts: RegionFacts, trails: readonly TrailJudgement[]) {
  const { account, region, bucket, digests, objects } = facts;
  const place: Place = { account, region };
  const signed = new Set(
    digests
      .filter(isValid)
      .flatMap(({ digest }) => digest.files.flatMap((file) => (file.bucket === bucket ? [file.key] : []))),
  );
  const kinds = new Set([ALWAYS_SIGNED, ...[...signed].map((key) => parseLogObject(key)?.kind)]);
  const dueMs = Math.min(...trails.map((trail) => trail.dueMs));
  const gaps = trails.flatMap(({ covered }) => findUncovered(covered, widen(facts.range)));
  const faults: Finding<Fault>[] = [];
  const others: Record<Exclude<Note, 'trail start'>, LogObject[]> = {
    'kind without digests': [],
    'too early': [],
    'not judged': [],
  };
  for (const object of objects) {
    if (signed.has(object.key)) continue;
    const possible = widen({ startMs: object.timeMs, endMs: object.timeMs });
    if (!kinds.has(object.kind)) others['kind without digests'].push(object);
    else if (!gaps.some((gap) => overlaps(gap, possible)))
      faults.push({ ...place, verdict: 'unsigned object', object: object.key, detail: 'no digest lists it' });
    else others[possible.endMs > dueMs ? 'too early' : 'not judged'].push(object);
  }
  const notes = Object.entries(others).flatMap(([verdict, counted]) =>
    counted.length > 0 ? [countObjects(place, verdict as Note, counted)] : [],
  );
  return { faults, notes };
}

function widen({ startMs, endMs }: Span): Span {
  return { startMs: startMs - NAME_IS_LATER_BY_MS, endMs: endMs + NAME_IS_EARLIER_BY_MS };
}

const REASONS: Partial<Record<Note, string>> = {
  'kind without digests': 'no digest lists objects of this kind',
  'too early': 'their digest is not due yet',
  'not judged': 'a missing digest may have listed them',
};

function countObjects(place: Place, verdict: Note, objects: readonly LogObject[]): Finding<Note> {
  const kinds = [...new Set(objects.map(({ kind }) => kind))].join(', ');
  const count = `${objects.length} ${objects.length === 1 ? 'object' : 'objects'} of ${kinds}`;
  return { ...place, verdict, detail: `${count}: ${REASONS[verdict]}` };
}
