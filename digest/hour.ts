import type { CheckedDigest, DigestStatus } from './check-digest.ts';
import type { FileState, FileStates } from './findings.ts';
import type { Delivery } from './judge-delivery.ts';
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
  readonly verdict:
    | 'proved'
    | 'intact'
    | 'present'
    | 'incomplete'
    | 'too early'
    | 'left out by setting'
    | Exclude<DigestStatus, 'valid'>;
  /** Log files that a valid digest lists. */
  readonly expected: number;
  /** Those that exist, changed or not. */
  readonly present: number;
  /** Those whose hash matches; 0 if they were not hashed. */
  readonly intact: number;
  /** Those that were delivered, by their receipts; 0 without receipts. */
  readonly received: number;
  /** Those that the function is told not to read. */
  readonly leftOut: number;
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

/** What was compared. */
export interface Depth {
  /** Whether log files were hashed. */
  readonly isDeep: boolean;
  /** Whether receipts were read. */
  readonly hasReceipts: boolean;
}

export function summarizeHour(checked: CheckedDigest, files: FileStates, facts: Depth): Hour {
  const { account, region, trail, homeRegion, isBackfill } = checked.place;
  const states = (checked.digest?.files ?? []).map((file) => stateOf(files, file));
  const count = (state: FileState['state']) => states.filter((each) => each.state === state).length;
  const deliveries = states.flatMap(({ delivery }) => delivery?.state ?? []);
  const countDeliveries = (state: Delivery['state']) => deliveries.filter((each) => each === state).length;
  return {
    account,
    region,
    trail,
    homeRegion,
    span: spanOf(checked),
    digest: checked.key,
    isBackfill,
    verdict: checked.status === 'valid' ? judgeFiles(states, facts) : checked.status,
    expected: states.length,
    present: states.length - count('missing'),
    intact: count('intact'),
    received: countDeliveries('received'),
    leftOut: countDeliveries('left out by setting'),
  };
}

function judgeFiles(states: readonly FileState[], { isDeep, hasReceipts }: Depth): Hour['verdict'] {
  const has = (delivery: Delivery['state']) => states.some((each) => each.delivery?.state === delivery);
  if (states.some(({ state }) => state === 'missing' || state === 'changed') || has('incomplete'))
    return 'incomplete';
  if (!hasReceipts) return isDeep ? 'intact' : 'present';
  if (has('too early')) return 'too early';
  return has('left out by setting') && !has('received') ? 'left out by setting' : 'proved';
}
