import type { LifecycleRule, NotificationConfiguration } from '@aws-sdk/client-s3';
import { WORK_QUEUE } from '../../../lambda/contract.ts';
import { formatDuration } from '../../format.ts';
import { type Finding, fail, ok, warn } from '../finding.ts';
import { overlap, type Rule, rulesOf } from './notification-rules.ts';
import type { Targets } from './targets.ts';

/** S3 notifies only queues, topics and functions of its own Region. */
export function judgeRegion(bucket: string, bucketRegion: string, region: string): Finding {
  return bucketRegion === region
    ? ok('bucket', `${bucket} is in ${region}`)
    : fail(
        'bucket',
        `${bucket} is in ${bucketRegion}, not in ${region}. Deploy the stack there`,
        `AWS_REGION=${bucketRegion} npx cdk deploy`,
      );
}

/** Judges whether new log objects reach the function, or could after a deployment. */
export function judgeNotifications(
  configuration: NotificationConfiguration,
  { bucket, trigger, deployed }: Pick<Targets, 'bucket' | 'trigger' | 'deployed'>,
  planned: readonly Rule[],
): Finding[] {
  const rules = rulesOf(configuration);
  const hasEventBridge = configuration.EventBridgeConfiguration !== undefined;
  const show = `aws s3api get-bucket-notification-configuration --bucket ${bucket}`;
  if (trigger === 'eventbridge')
    return [
      hasEventBridge
        ? ok('notifications', 'EventBridge is on')
        : fail(
            'notifications',
            'EventBridge is off: turn on "Send notifications to Amazon EventBridge"',
            show,
          ),
    ];
  if (deployed) return [judgeDeployed(rules, hasEventBridge, deployed, trigger, show)];
  if (trigger === 'sns') return [ok('notifications', 'the trail or the bucket notifies a topic')];
  const clashes = rules.filter((rule) => planned.some((plan) => overlap(plan, rule)));
  if (clashes.length === 0)
    return [ok('notifications', `${rules.length} rules, and none overlaps the ones of the stack`)];
  return clashes.map((rule) =>
    fail(
      'notifications',
      `rule ${rule.id} (prefix "${rule.prefix}", suffix "${rule.suffix}", ${rule.destination}) overlaps the one of the stack, so S3 rejects it`,
      `npx cdk deploy -c trailBucketName=${bucket} -c trigger=eventbridge`,
    ),
  );
}

function judgeDeployed(
  rules: readonly Rule[],
  hasEventBridge: boolean,
  { functionName, workQueueArn }: NonNullable<Targets['deployed']>,
  trigger: Targets['trigger'],
  show: string,
): Finding {
  const own = rules.filter(
    ({ destination }) => destination === workQueueArn || destination.split(':')[6] === functionName,
  );
  if (own.length > 0)
    return ok(
      'notifications',
      `${own.length === 1 ? '1 rule notifies' : `${own.length} rules notify`} the pipeline`,
    );
  if (trigger === 'queue' || trigger === 'direct')
    return fail('notifications', 'no rule notifies the pipeline. Another stack may have replaced them', show);
  if (
    hasEventBridge ||
    trigger === 'sns' ||
    rules.some(({ destination }) => destination.startsWith('arn:aws:sns:'))
  )
    return ok('notifications', 'through EventBridge or a topic');
  return warn(
    'notifications',
    'no rule of the bucket notifies the pipeline. Only a topic of the trail still could',
    show,
  );
}

/** The rules that a stack with the trigger `queue` or `direct` adds. */
export function plannedRules(root: string, account: string | undefined, isOrganization: boolean): Rule[] {
  const folder = isOrganization || account === undefined ? root : `${root}${account}/CloudTrail`;
  const prefix = new URLSearchParams({ '': folder }).toString().slice(1).replaceAll('%2F', '/');
  return [{ id: 'planned', events: ['s3:ObjectCreated:*'], prefix, suffix: '.json.gz', destination: '' }];
}

const DAY_HOURS = 24;

/** A dead letter is kept for 14 days. */
const DEAD_LETTER_DAYS = 14;

/** Storage classes that must be restored before a read. */
const ARCHIVES: readonly (string | undefined)[] = ['GLACIER', 'DEEP_ARCHIVE'];

/**
 * Judges rules that expire or archive log objects while the pipeline may still read them: as long as the work queue keeps
 * a message, or as an object is retried, then as long as a dead letter can be replayed.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function judgeLifecycle(
  rules: readonly LifecycleRule[],
  { bucket, root = 'AWSLogs/', giveUpAfterHours }: Pick<Targets, 'bucket' | 'root' | 'giveUpAfterHours'>,
  nowMs: number,
): Finding[] {
  const neededDays = Math.max(WORK_QUEUE.retentionDays, Math.ceil(giveUpAfterHours / DAY_HOURS));
  const findings = rules
    .filter((rule) => applies(rule, root))
    .flatMap((rule) => {
      const { days, what } = earliest(rule, nowMs);
      if (days >= DEAD_LETTER_DAYS) return [];
      const detail = `rule ${rule.ID ?? ''} ${what} log objects after ${days} days`;
      const show = `aws s3api get-bucket-lifecycle-configuration --bucket ${bucket}`;
      return days < neededDays
        ? [fail('lifecycle', `${detail}, but the pipeline may read them for ${neededDays} days`, show)]
        : [
            warn(
              'lifecycle',
              `${detail}, but a dead letter can be replayed for ${DEAD_LETTER_DAYS} days`,
              show,
            ),
          ];
    });
  return findings.length > 0
    ? findings
    : [ok('lifecycle', `log objects stay readable for ${DEAD_LETTER_DAYS} days or more`)];
}

/** Log objects have no tags, and any size. */
function applies({ Status, Filter, Prefix }: LifecycleRule, root: string): boolean {
  const { And, Tag, Prefix: filtered = And?.Prefix } = Filter ?? {};
  const prefix = filtered ?? Prefix ?? '';
  const hasTags = Tag !== undefined || (And?.Tags?.length ?? 0) > 0;
  return Status === 'Enabled' && !hasTags && (prefix.startsWith(root) || root.startsWith(prefix));
}

function earliest({ Expiration, Transitions = [] }: LifecycleRule, nowMs: number) {
  const daysOf = ({ Days, Date: date }: { Days?: number; Date?: Date }) =>
    Days ??
    (date ? Math.max(0, Math.floor((date.getTime() - nowMs) / 86_400_000)) : Number.POSITIVE_INFINITY);
  const expires = daysOf(Expiration ?? {});
  const archives = Math.min(
    ...Transitions.filter(({ StorageClass }) => ARCHIVES.includes(StorageClass)).map(daysOf),
    Number.POSITIVE_INFINITY,
  );
  return expires <= archives ? { days: expires, what: 'expires' } : { days: archives, what: 'archives' };
}

const HOUR_MS = 3_600_000;

/** Newest log object of a kind. */
export interface Newest {
  readonly kind: string;
  /** Milliseconds since 1970; `undefined` for none in the last two days. */
  readonly newestMs: number | undefined;
}

/** CloudTrail delivers about every 5 minutes where something happens. */
export function judgeNewest(
  newest: readonly Newest[],
  bucket: string,
  root: string,
  nowMs: number,
): Finding[] {
  const list = `aws s3 ls s3://${bucket}/${root}`;
  if (newest.length === 0) return [warn('newest log file', 'no log files', list)];
  return newest.map(({ kind, newestMs }) => {
    const check = 'newest log file';
    // Insights and other kinds are rare.
    const isRare = kind !== 'CloudTrail';
    if (newestMs === undefined) {
      const detail = `${kind}: none in the last two days`;
      return isRare ? ok(check, detail) : warn(check, detail, list);
    }
    const age = formatDuration(Math.max(0, nowMs - newestMs) / 1000);
    const detail = `${kind}: ${new Date(newestMs).toISOString().slice(0, 16)}Z, ${age} ago`;
    return isRare || nowMs - newestMs <= HOUR_MS ? ok(check, detail) : warn(check, detail, list);
  });
}
