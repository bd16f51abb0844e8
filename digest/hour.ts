import type { CheckedDigest, DigestStatus } from './check-digest.ts';
import type { FileState, FileStates } from './findings.ts';
import type { LoggedFile } from './parse-digest.ts';
import type { Span } from './spans.ts';

/** One digest, and how many of its log files the bucket has. */
export interface Hour {
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly homeRegion: string;
  readonly span: Span;
  /** Key of the digest. */
  readonly digest: string;
  readonly isBackfill: boolean;
  readonly verdict: 'intact' | 'present' | 'incomplete' | Exclude<DigestStatus, 'valid'>;
  /** Log files that a valid digest lists. */
  readonly expected: number;
  /** Those that exist, changed or not. */
  readonly present: number;
  /** Those whose hash matches; 0 if they were not hashed. */
  readonly intact: number;
}

const HOUR_MS = 3_600_000;

/** Returns the time that a digest covers. If its content cannot be trusted, this is the hour before the time in its key. */
export function spanOf({ digest, place }: CheckedDigest): Span {
  if (digest) return { startMs: digest.startMs, endMs: digest.endMs };
  return { startMs: place.endMs - HOUR_MS, endMs: place.endMs };
}

export function stateOf(files: FileStates, { bucket, key }: LoggedFile): FileState {
  return files.get(`${bucket}/${key}`) ?? { state: 'missing' };
}

export function summarizeHour(checked: CheckedDigest, files: FileStates, isDeep: boolean): Hour {
  const { account, region, trail, homeRegion, isBackfill } = checked.place;
  const states = (checked.digest?.files ?? []).map((file) => stateOf(files, file).state);
  const count = (state: FileState['state']) => states.filter((each) => each === state).length;
  const isIncomplete = count('missing') + count('changed') > 0;
  const complete = isDeep ? 'intact' : 'present';
  return {
    account,
    region,
    trail,
    homeRegion,
    span: spanOf(checked),
    digest: checked.key,
    isBackfill,
    verdict: checked.status !== 'valid' ? checked.status : isIncomplete ? 'incomplete' : complete,
    expected: states.length,
    present: states.length - count('missing'),
    intact: count('intact'),
  };
}
