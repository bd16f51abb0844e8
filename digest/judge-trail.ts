import { type CheckedDigest, isValid, type ValidDigest } from './check-digest.ts';
import { type ChainBreak, findBreaks } from './find-breaks.ts';
import type { Fault, FileState, FileStates, Finding, Note, Place } from './findings.ts';
import { type Depth, type Hour, spanOf, stateOf, summarizeHour } from './hour.ts';
import { findUncovered, overlaps, type Span } from './spans.ts';

/** CloudTrail delivers a digest every hour. One that is still absent two hours after the last is missing. */
const OVERDUE_MS = 2 * 3_600_000;

export interface Facts extends Depth {
  /** All digests that end after `listedMs`, up to some after the range, in any order. */
  readonly digests: readonly CheckedDigest[];
  readonly listedMs: number;
  /** States of the log files of the valid digests in the range. */
  readonly files: FileStates;
  readonly range: Span;
  readonly nowMs: number;
}

export interface TrailJudgement {
  readonly hours: readonly Hour[];
  readonly faults: readonly Finding<Fault>[];
  readonly notes: readonly Finding<Note>[];
  /** Spans of the valid digests, including those next to the range. */
  readonly covered: readonly Span[];
  /** Time up to which digests are due. */
  readonly dueMs: number;
}

/** Compares the digests of one trail, account and region with each other, their log files and the clock. */
export function judgeTrail(place: Place, facts: Facts): TrailJudgement {
  const { digests, range, nowMs, files } = facts;
  const inRange = digests.filter((checked) => overlaps(spanOf(checked), range));
  const chain = digests.filter(({ place }) => !place.isBackfill).filter(isValid);
  const dueMs = Math.max(nowMs - OVERDUE_MS, ...chain.map(({ digest }) => digest.endMs));
  return {
    hours: inRange.map((checked) => summarizeHour(checked, files, facts)),
    faults: [
      ...inRange.flatMap((checked) => describeInvalid(place, checked)),
      ...inRange.filter(isValid).flatMap((valid) => describeFiles(place, valid, files)),
      ...breaksIn(chain, facts).map((broken) => describeBreak(place, broken)),
      ...describeUncovered(place, facts, chain, dueMs),
    ],
    notes: [...describeStarts(place, chain, range), ...describeEarly(place, range, dueMs)],
    covered: chain.map(spanOf),
    dueMs,
  };
}

function describeInvalid(place: Place, checked: CheckedDigest): Finding<Fault>[] {
  const { status, reason = '', key } = checked;
  if (status === 'valid') return [];
  return [{ ...place, verdict: status, span: spanOf(checked), object: key, detail: reason }];
}

function describeFiles(place: Place, checked: ValidDigest, files: FileStates): Finding<Fault>[] {
  const { digest } = checked;
  const span = spanOf(checked);
  return digest.files.flatMap((file) => {
    const wrong = describeFile(stateOf(files, file));
    if (wrong === undefined) return [];
    const object = file.bucket === digest.bucket ? file.key : `s3://${file.bucket}/${file.key}`;
    return [{ ...place, verdict: 'incomplete' as const, span, object, ...wrong }];
  });
}

/** @returns what is wrong with a file; `undefined` if nothing is */
function describeFile({
  state,
  reason,
  delivery,
}: FileState): Pick<Finding, 'detail' | 'undelivered'> | undefined {
  if (state === 'missing' || state === 'changed')
    return { detail: reason === undefined ? state : `${state}: ${reason}` };
  return delivery?.state === 'incomplete' ? { detail: delivery.reason, undelivered: delivery } : undefined;
}

/** The digest right after the range is included, because it describes the last one in the range. */
function breaksIn(chain: readonly ValidDigest[], { digests, range, listedMs }: Facts): ChainBreak[] {
  const linked = chain.filter(({ digest }) => digest.startMs <= range.endMs && digest.endMs > range.startMs);
  return findBreaks(linked, digests, Math.max(listedMs, range.startMs));
}

function describeBreak(place: Place, { next, previousKey, reason }: ChainBreak): Finding<Fault> {
  const detail =
    reason === 'missing'
      ? 'missing, although the next digest names it'
      : 'not the digest that the next one describes';
  return { ...place, verdict: 'broken chain', span: spanOf(next), object: previousKey, detail };
}

function describeUncovered(
  place: Place,
  { range, digests }: Facts,
  chain: readonly ValidDigest[],
  dueMs: number,
): Finding<Fault>[] {
  const due = { startMs: range.startMs, endMs: Math.min(range.endMs, dueMs) };
  const covered = chain.map(spanOf);
  return findUncovered(covered, due).map((span) => {
    const next = chain.find(({ digest }) => digest.startMs === span.endMs);
    const hasInvalid = digests.some((checked) => !isValid(checked) && overlaps(spanOf(checked), span));
    const isTail = covered.length > 0 && covered.every(({ endMs }) => endMs <= span.startMs);
    const details = [
      ...(next && !next.digest.previous ? ['the trail started or was restarted after it'] : []),
      ...(hasInvalid ? ['its digests are not valid'] : []),
      ...(isTail ? ['there is no later digest'] : []),
    ];
    const detail = details.join('; ') || 'no valid digest covers this time';
    return { ...place, verdict: 'no digest', span, detail };
  });
}

function describeStarts(place: Place, chain: readonly ValidDigest[], range: Span): Finding<Note>[] {
  return chain
    .filter(({ digest }) => !digest.previous && overlaps(digest, range))
    .map((checked) => ({
      ...place,
      verdict: 'trail start',
      span: spanOf(checked),
      object: checked.key,
      detail: 'the trail started or was restarted',
    }));
}

function describeEarly(place: Place, range: Span, dueMs: number): Finding<Note>[] {
  const span = { startMs: Math.max(range.startMs, dueMs), endMs: range.endMs };
  if (span.startMs >= span.endMs) return [];
  return [{ ...place, verdict: 'too early', span, detail: 'the digest is not due yet' }];
}
