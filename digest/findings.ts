import type { DigestStatus } from './check-digest.ts';
import type { Delivery, Undelivered } from './judge-delivery.ts';
import type { Span } from './spans.ts';

/** What is wrong. */
export type Fault =
  /** A log file of a digest is missing, changed, or not delivered; or any log object is not delivered. */
  | 'incomplete'
  /** An object in the trail's folder that no digest lists. */
  | 'unsigned object'
  /** A time that no valid digest covers. */
  | 'no digest'
  /** The digest before is missing, or is not the one that the next digest describes. */
  | 'broken chain'
  | Exclude<DigestStatus, 'valid'>;

/** What is worth knowing, but not wrong. */
export type Note =
  /** The digest of this time, or the receipts of these objects, are not due yet. */
  | 'too early'
  /** Log objects that the function is told not to read. */
  | 'left out by setting'
  /** The chain of digests begins here. */
  | 'trail start'
  /** Log objects that a missing digest may have listed. */
  | 'not judged'
  /** Log objects of a kind that no digest lists. */
  | 'kind without digests';

export interface Finding<Verdict = Fault | Note> {
  readonly verdict: Verdict;
  readonly account: string;
  readonly region: string;
  readonly trail?: string;
  readonly span?: Span;
  /** Key in the bucket, or `s3://bucket/key` in another bucket. */
  readonly object?: string;
  readonly detail: string;
  /** Set for an object that can be put on the work queue. */
  readonly undelivered?: Undelivered;
}

/** A log file of a digest, compared with the bucket. Only a hashed file is intact. */
export interface FileState {
  readonly state: 'present' | 'intact' | 'missing' | 'changed';
  /** How a changed file differs. */
  readonly reason?: string;
  /** Whether an existing file was delivered. @default - not judged */
  readonly delivery?: Delivery | undefined;
}

/** States by `bucket/key`. */
export type FileStates = ReadonlyMap<string, FileState>;

/** What a finding concerns; without a trail, all trails of the region. */
export type Place = Pick<Finding, 'account' | 'region' | 'trail'>;
