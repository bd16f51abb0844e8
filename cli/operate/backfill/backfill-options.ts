import { InvalidArgumentError } from 'commander';
import type { Span } from '../../../digest/spans.ts';
import type { Packing, Profile } from '../../../lambda/contract.ts';
import { MIN_BYTES_PER_SECOND } from '../../../lambda/deliver/limits.ts';
import { KINDS, type Kind } from '../../../lambda/trigger/trail-kinds.ts';
import { UsageError } from '../../endings.ts';
import type { RegionFilter } from '../find-regions.ts';
import { rangeOf, rootOf } from '../verify-options.ts';
import { EVERYTHING } from './select-objects.ts';

/** Options of `backfill` as Commander parses them. */
export interface BackfillOptions {
  from?: number;
  to?: number;
  kind?: Kind[];
  bucket?: string;
  prefix?: string;
  organization?: string;
  account?: string[];
  region?: string[];
  newestFirst?: boolean;
  /** `false` with `--no-count`. */
  count: boolean;
  stack: string;
  queue?: string;
  job?: string;
  local?: string;
  stream?: string;
  out?: string;
  packing?: Packing;
  profile?: Profile;
  labels?: string;
  accounts?: string;
  bytesPerSecond?: number;
  state?: string;
  rules?: string;
  redact?: string;
  redactKeyFile?: string;
  yes?: boolean;
  json?: boolean;
}

/**
 * Collects the values of an option that may be repeated.
 *
 * @throws InvalidArgumentError for an unknown kind
 */
export function kindName(text: string, earlier: Kind[] = []): Kind[] {
  const kind = KINDS.find((name) => name === text);
  if (kind !== undefined) return [...earlier, kind];
  throw new InvalidArgumentError(`Expected one of ${KINDS.join(', ')}.`);
}

/** @throws InvalidArgumentError unless the text has the form of a job; see `lambda/backfill/cursor.ts` */
export function jobName(text: string): string {
  if (/^[A-Za-z0-9-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a job as `backfill` prints it: 2026-11-03-1a2b3c4d.');
}

/** @throws InvalidArgumentError unless the text is a rate that the sender can keep */
export function byteRate(text: string): number {
  const bytes = Number(text);
  if (/^\d{1,10}$/.test(text) && bytes >= MIN_BYTES_PER_SECOND && bytes <= MAX_BYTES_PER_SECOND) return bytes;
  throw new InvalidArgumentError(
    `Expected whole bytes from ${MIN_BYTES_PER_SECOND} to ${MAX_BYTES_PER_SECOND}: 1048576 for 1 MiB/s.`,
  );
}

/** The limit of the function's setting. */
const MAX_BYTES_PER_SECOND = 1_000_000_000;

/** @throws UsageError without both times, or if the range is empty */
export function requireRange({ from, to }: BackfillOptions): Span {
  if (from === undefined || to === undefined)
    throw new UsageError('--from and --to are required: the times of delivery, in UTC');
  return rangeOf({ from, to });
}

/** @throws UsageError if the range is empty */
export function openRange({ from, to }: BackfillOptions): Span {
  if (from === undefined && to === undefined) return EVERYTHING;
  return rangeOf({ from: from ?? EVERYTHING.startMs, to: to ?? EVERYTHING.endMs });
}

export function folderFilter(options: BackfillOptions, bucket: string): RegionFilter {
  const { account = [], region = [] } = options;
  return { bucket, root: rootOf(options), accounts: account, regions: region };
}

const LOCAL_ONLY = [
  ...(['stream', 'out', 'packing', 'profile', 'labels', 'accounts', 'bytesPerSecond', 'state'] as const),
  ...(['rules', 'redact', 'redactKeyFile'] as const),
];
const CLOUD_ONLY = [
  ...(['bucket', 'prefix', 'organization', 'account', 'region', 'newestFirst', 'queue', 'job'] as const),
];

/** @throws UsageError for an option that has no effect here */
export function refuseUnused(options: BackfillOptions): void {
  const isLocal = options.local !== undefined;
  const unused = (isLocal ? CLOUD_ONLY : LOCAL_ONLY).find((name) => options[name] !== undefined);
  if (unused === undefined) return;
  const flag = `--${unused.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(isLocal ? `${flag} has no effect with --local. Remove it.` : `${flag} needs --local`);
}
