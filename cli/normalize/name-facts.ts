import type { Span } from '../../digest/spans.ts';
import { type KeyPlace, placeOf } from '../../lambda/trigger/trail-kinds.ts';
import { spanOf } from '../operate/backfill/select-objects.ts';

/** What the name of a log object tells. A member is `undefined` if it tells nothing. */
export interface NameFacts {
  /** Time of delivery, or the day of its folder. */
  readonly span: Span | undefined;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly kind: KeyPlace['kind'] | undefined;
}

/** `AWSLogs/[o-…/]<account>/CloudTrail…/<region>/` */
const FOLDERS =
  /^(?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?(\d{12})\/CloudTrail[^/]*\/([a-z]{2}(?:-[a-z]+)+-\d+)\//s;

/** `111122223333_CloudTrail_eu-west-3_20261103T0900Z_….json.gz`: the form of log objects and digests. */
const FILE = /(?:^|\/)(\d{12})_(CloudTrail(?:-[A-Za-z]+)?)_([a-z]{2}(?:-[a-z]+)+-\d+)_[^/]*$/;

/**
 * Reads the folders of a trail, then the file name, which a file keeps when it is copied elsewhere.
 *
 * @param path any path with `/`
 */
export function factsOf(path: string): NameFacts {
  const { root, account, kind } = placeOf(path);
  const [, , region] = FOLDERS.exec(path) ?? [];
  const [, namedAccount, namedKind, namedRegion] = FILE.exec(path) ?? [];
  return {
    span: spanOf(path),
    account: account ?? namedAccount,
    region: region ?? namedRegion,
    kind: root === undefined && namedKind === undefined ? undefined : kind,
  };
}
