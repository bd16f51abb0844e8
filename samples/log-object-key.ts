/** The folder after the account, repeated in the object's name. */
export type LogObjectKind =
  | 'CloudTrail'
  | 'CloudTrail-Insight'
  | 'CloudTrail-NetworkActivity'
  | 'CloudTrail-Aggregated'
  | 'CloudTrail-Digest';

export interface LogObjectName {
  readonly accountId: string;
  readonly region: string;
  /** Time of delivery, or end time of a digest. */
  readonly time: Date;
  /** The 16 characters that make a log object's name unique, or the trail's name in a digest. */
  readonly suffix: string;
  /** `o-…`, for an organization trail. */
  readonly organizationId?: string;
  /** The trail's S3 prefix, without a trailing slash. */
  readonly prefix?: string;
  readonly kind: LogObjectKind;
  /** @default '.json.gz' */
  readonly extension?: '.json.gz' | '.json';
}

/**
 * Returns the key under which CloudTrail delivers an object.
 *
 * Logs and Insights: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html,
 * digests: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export function logObjectKey(name: LogObjectName): string {
  const { accountId, region, kind } = name;
  // 2026-11-03T08:05:09.000Z → 20261103T080509
  const stamp = name.time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const folder = [
    ...(name.prefix === undefined ? [] : [name.prefix]),
    'AWSLogs',
    ...(name.organizationId === undefined ? [] : [name.organizationId]),
    accountId,
    kind,
    region,
    stamp.slice(0, 4),
    stamp.slice(4, 6),
    stamp.slice(6, 8),
  ].join('/');
  // Only a digest's name contains the trail's name, its home region, and seconds.
  const ending =
    kind === 'CloudTrail-Digest'
      ? `${name.suffix}_${region}_${stamp}Z`
      : `${stamp.slice(0, 13)}Z_${name.suffix}`;
  return `${folder}/${accountId}_${kind}_${region}_${ending}${name.extension ?? '.json.gz'}`;
}
