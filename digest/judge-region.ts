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
  const signed = keysOf(facts);
  const unsigned = judgeUnsigned(facts, judged, signed);
  const forged = new Set(unsigned.faults.map(({ object }) => object));
  const others = facts.objects.filter(({ key }) => !signed.has(key) && !forged.has(key));
  return {
    hours: judged
      .flatMap(({ hours }) => hours)
      .sort((a, b) => a.span.startMs - b.span.startMs || (a.digest < b.digest ? -1 : 1)),
    faults: [
      ...judged.flatMap(({ faults }) => faults),
      ...unsigned.faults,
      ...others.flatMap((object) => describeUndelivered({ account, region }, object)),
    ],
    notes: [
      ...judged.flatMap(({ notes }) => notes),
      ...unsigned.notes,
      ...countDeliveries({ account, region }, facts.objects),
    ],
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

/** Returns the keys of the objects that a valid digest lists. */
function keysOf({ bucket, digests }: RegionFacts): Set<string> {
  const files = digests.filter(isValid).flatMap(({ digest }) => digest.files);
  return new Set(files.flatMap((file) => (file.bucket === bucket ? [file.key] : [])));
}

function judgeUnsigned(facts: RegionFacts, trails: readonly TrailJudgement[], signed: ReadonlySet<string>) {
  const { account, region, objects } = facts;
  const place: Place = { account, region };
  const kinds = new Set([ALWAYS_SIGNED, ...[...signed].map((key) => parseLogObject(key)?.kind)]);
  const dueMs = Math.min(...trails.map((trail) => trail.dueMs));
  const gaps = trails.flatMap(({ covered }) => findUncovered(covered, widen(facts.range)));
  const faults: Finding<Fault>[] = [];
  const others: Record<UnsignedNote, LogObject[]> = {
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
    countObjects(place, verdict as UnsignedNote, counted, UNSIGNED[verdict as UnsignedNote]),
  );
  return { faults, notes };
}

function widen({ startMs, endMs }: Span): Span {
  return { startMs: startMs - NAME_IS_LATER_BY_MS, endMs: endMs + NAME_IS_EARLIER_BY_MS };
}

const UNSIGNED = {
  'kind without digests': 'no digest lists objects of this kind',
  'too early': 'their digest is not due yet',
  'not judged': 'a missing digest may have listed them',
} satisfies Partial<Record<Note, string>>;

type UnsignedNote = keyof typeof UNSIGNED;

function describeUndelivered(place: Place, { key, delivery }: LogObject): Finding<Fault>[] {
  if (delivery?.state !== 'incomplete') return [];
  return [{ ...place, verdict: 'incomplete', object: key, detail: delivery.reason, undelivered: delivery }];
}

const UNDELIVERED = {
  'too early': 'their receipts are not due yet',
  'left out by setting': 'the function is told not to read them',
} satisfies Partial<Record<Note, string>>;

function countDeliveries(place: Place, objects: readonly LogObject[]): Finding<Note>[] {
  return Object.entries(UNDELIVERED).flatMap(([state, reason]) => {
    const counted = objects.filter(({ delivery }) => delivery?.state === state);
    return countObjects(place, state as keyof typeof UNDELIVERED, counted, reason);
  });
}

function countObjects(
  place: Place,
  verdict: Note,
  objects: readonly LogObject[],
  reason: string,
): Finding<Note>[] {
  if (objects.length === 0) return [];
  const kinds = [...new Set(objects.map(({ kind }) => kind))].join(', ');
  const count = `${objects.length} ${objects.length === 1 ? 'object' : 'objects'} of ${kinds}`;
  return [{ ...place, verdict, detail: `${count}: ${reason}` }];
}
