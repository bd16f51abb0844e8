import type {
  GetEventConfigurationCommandOutput,
  GetEventSelectorsCommandOutput,
  GetInsightSelectorsCommandOutput,
  GetTrailStatusCommandOutput,
  Trail,
} from '@aws-sdk/client-cloudtrail';
import type { Kind } from '../../../lambda/trigger/trail-kinds.ts';
import { type Finding, fail, ok, unknown, warn } from '../finding.ts';
import { type Recorded, recordedEvents } from './recorded-events.ts';

type Selectors = Pick<GetEventSelectorsCommandOutput, 'EventSelectors' | 'AdvancedEventSelectors'>;

/**
 * Finds the trail by name or ARN, or the one that writes to the bucket.
 *
 * @returns the finding if there is none
 */
export function chooseTrail(
  trails: readonly Trail[],
  { trail: name, bucket, region }: { trail: string | undefined; bucket: string; region: string },
): Trail | Finding {
  if (name !== undefined) {
    const named = trails.find(({ Name, TrailARN }) => Name === name || TrailARN === name);
    if (named) return named;
    return fail(
      'trail',
      `${name} does not exist in ${region}`,
      'aws cloudtrail describe-trails --query trailList[].TrailARN',
    );
  }
  const writing = trails.filter(({ S3BucketName }) => S3BucketName === bucket);
  if (writing[0]) return writing[0];
  return unknown(
    'trail',
    `no trail of this account in ${region} writes to ${bucket}. Name it with --trail, or run this in its account`,
  );
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html */
export function judgeTrail(trail: Trail, bucket: string, root: string | undefined): Finding {
  const { TrailARN, S3BucketName, S3KeyPrefix } = trail;
  const written = rootOf(trail);
  if (S3BucketName !== bucket)
    return fail(
      'trail',
      `${TrailARN} writes to ${S3BucketName}, not to ${bucket}`,
      update(trail, `--s3-bucket-name ${bucket}`),
    );
  if (root !== undefined && !root.startsWith(written)) {
    const prefix = S3KeyPrefix === undefined ? 'has no key prefix' : `has the key prefix ${S3KeyPrefix}`;
    return fail(
      'trail',
      `${TrailARN} ${prefix}, but the function reads ${root}`,
      `npx cdk deploy -c trailKeyPrefix=${S3KeyPrefix ?? "''"}`,
    );
  }
  return ok('trail', `${TrailARN} writes to ${bucket}/${written}`);
}

/** @returns the folder that contains the accounts, or the organization, with a trailing slash */
export function rootOf({ S3KeyPrefix }: Trail): string {
  return S3KeyPrefix ? `${S3KeyPrefix}/AWSLogs/` : 'AWSLogs/';
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html */
export function judgeStatus(trail: Trail, status: GetTrailStatusCommandOutput): Finding[] {
  const { IsLogging, StopLoggingTime, LatestDeliveryError, LatestDeliveryTime } = status;
  const since = StopLoggingTime ? ` since ${StopLoggingTime.toISOString()}` : '';
  const logging = IsLogging
    ? ok('logging', 'the trail is logging')
    : fail(
        'logging',
        `the trail is stopped${since}`,
        `aws cloudtrail start-logging --name ${trail.TrailARN}`,
      );
  const check = `aws s3api get-bucket-policy --bucket ${trail.S3BucketName}`;
  const delivery = LatestDeliveryError
    ? fail('delivery', `CloudTrail cannot write to the bucket: ${LatestDeliveryError}`, check)
    : ok(
        'delivery',
        LatestDeliveryTime
          ? `last delivery ${LatestDeliveryTime.toISOString()}`
          : 'no delivery yet, and no error',
      );
  return [logging, delivery, judgeDigests(trail, status), ...judgeTopic(trail, status)];
}

function judgeDigests(trail: Trail, { LatestDigestDeliveryError }: GetTrailStatusCommandOutput): Finding {
  if (!trail.LogFileValidationEnabled)
    return warn(
      'digests',
      'log file validation is off, so `verify` can prove nothing',
      update(trail, '--enable-log-file-validation'),
    );
  return LatestDigestDeliveryError
    ? fail(
        'digests',
        `CloudTrail cannot write digests: ${LatestDigestDeliveryError}`,
        `aws s3api get-bucket-policy --bucket ${trail.S3BucketName}`,
      )
    : ok('digests', 'log file validation is on');
}

function judgeTopic(trail: Trail, { LatestNotificationError }: GetTrailStatusCommandOutput): Finding[] {
  if (!LatestNotificationError) return [];
  const fix = `aws sns get-topic-attributes --topic-arn ${trail.SnsTopicARN}`;
  return [
    fail('trail topic', `CloudTrail cannot publish to ${trail.SnsTopicARN}: ${LatestNotificationError}`, fix),
  ];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html */
export function judgeSelectors(
  trail: Trail,
  selectors: Selectors,
  kinds: readonly Kind[] | undefined,
): Finding[] {
  const recorded = recordedEvents(selectors);
  return [
    judgeManagement(trail, recorded),
    ok('data events', recorded.hasData ? 'recorded' : 'not recorded'),
    judgeKind(
      'network activity',
      recorded.hasNetworkActivity ? 'recorded' : undefined,
      'networkActivity',
      kinds,
    ),
  ];
}

function judgeManagement(trail: Trail, { management, leftOut }: Recorded): Finding {
  const show = `aws cloudtrail get-event-selectors --trail-name ${trail.TrailARN}`;
  if (management === 'none') return warn('management events', 'not recorded', show);
  if (management !== 'all')
    return warn('management events', `only ${management === 'read' ? 'reads' : 'writes'} are recorded`, show);
  if (leftOut.length > 0) return warn('management events', `recorded, without ${leftOut.join(', ')}`, show);
  return ok('management events', 'reads and writes are recorded');
}

/** Judges a kind of log files that a trail may write and the setting `kinds` may leave out. */
function judgeKind(
  check: string,
  recorded: string | undefined,
  kind: Kind,
  kinds: readonly Kind[] | undefined,
): Finding {
  if (recorded === undefined) return ok(check, 'not recorded');
  if (kinds === undefined || kinds.includes(kind)) return ok(check, recorded);
  return warn(
    check,
    `${recorded}, but the function skips them: the setting kinds has no ${kind}`,
    `npx cdk deploy -c kinds=${[...kinds, kind].join(',')}`,
  );
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html */
export function judgeInsights(
  { InsightSelectors = [] }: Pick<GetInsightSelectorsCommandOutput, 'InsightSelectors'>,
  kinds: readonly Kind[] | undefined,
): Finding {
  const types = InsightSelectors.flatMap(({ InsightType }) => InsightType ?? []);
  return judgeKind('insights', types.length > 0 ? types.join(', ') : undefined, 'insight', kinds);
}

/**
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventConfiguration.html documents the maximum
 * event size for event data stores. For a trail, the answer may lack it, which is no reason for exit status 2.
 */
export function judgeEventConfiguration(
  {
    MaxEventSize,
    AggregationConfigurations = [],
  }: Pick<GetEventConfigurationCommandOutput, 'MaxEventSize' | 'AggregationConfigurations'>,
  kinds: readonly Kind[] | undefined,
): Finding[] {
  const templates = AggregationConfigurations.flatMap(({ Templates = [] }) => Templates);
  const large = 'Large: events have up to 1 MB. Those that do not fit in a Firehose record are truncated';
  return [
    judgeKind('aggregation', templates.length > 0 ? templates.join(', ') : undefined, 'aggregated', kinds),
    MaxEventSize === undefined
      ? warn('event size', 'could not tell: CloudTrail does not report the maximum event size of this trail')
      : MaxEventSize === 'Standard'
        ? ok('event size', 'Standard: events have up to 256 KB')
        : warn('event size', large),
  ];
}

/** The first copy of management events is free in each Region: https://aws.amazon.com/cloudtrail/pricing/ */
export function judgeCopies(
  trail: Trail,
  others: readonly { trail: Trail; selectors: Selectors }[],
  isRecorded: boolean,
): Finding {
  const copies = others.filter(({ selectors }) => recordedEvents(selectors).management !== 'none');
  const [first] = copies;
  if (!isRecorded || first === undefined)
    return ok('copies', 'no other trail of this Region records management events');
  const names = copies.map(({ trail: { TrailARN } }) => TrailARN).join(', ');
  return warn(
    'copies',
    `${names} also records management events of ${trail.HomeRegion ?? 'this Region'}: each copy after the first costs $2 per 100,000 events`,
    `aws cloudtrail get-event-selectors --trail-name ${first.trail.TrailARN}`,
  );
}

function update({ TrailARN }: Trail, option: string): string {
  return `aws cloudtrail update-trail --name ${TrailARN} ${option}`;
}
