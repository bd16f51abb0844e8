import { MIN_BYTES_PER_SECOND } from '../../lambda/deliver/limits.ts';
import { formEncode } from '../trail/form-encode.ts';
import { BACKFILL_CONCURRENCY, SHARED_BYTES_PER_SECOND } from './backfill-defaults.ts';
import { checkProfile } from './check-profile.ts';
import { checkTrailOptions } from './check-trail-options.ts';
import { concurrencyOf } from './concurrency.ts';
import { checkFormats } from './setting-formats.ts';
import { type PipelineSettings, SettingsError } from './settings.ts';

/**
 * Checks each setting, then the settings that depend on each other.
 *
 * @param stackName part of the name of a new trail bucket
 * @throws SettingsError with one line per problem: what is wrong, what was expected and how to fix it
 */
export function checkSettings(settings: PipelineSettings, stackName: string): void {
  const problems = [
    ...checkStackName(settings, stackName),
    ...checkFormats(settings),
    ...checkTrail(settings),
    ...checkTrailOptions(settings),
    ...checkTrigger(settings),
    ...checkConcurrency(settings),
    ...checkDestination(settings),
    ...checkProfile(settings),
    ...checkBackfill(settings),
    ...checkSelection(settings),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
}

/**
 * A new trail and its bucket are named after the stack. Account, region and separators take 34 of the bucket's 63
 * characters. A stack name has letters, digits and hyphens, and a trail name no two hyphens in a row.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
 */
function checkStackName({ trailBucketName }: PipelineSettings, stackName: string): string[] {
  if (trailBucketName !== undefined) return [];
  const problems: string[] = [];
  if (stackName.length > 29)
    problems.push(
      `The stack name must have at most 29 characters to name the trail bucket after it (got ${stackName}). Use a shorter name or set trailBucketName.`,
    );
  if (stackName.includes('--') || stackName.endsWith('-'))
    problems.push(
      `The stack name must not have two hyphens in a row or one at its end to name the trail after it (got ${stackName}). Use another name or set trailBucketName.`,
    );
  return problems;
}

function checkTrail(settings: PipelineSettings): string[] {
  return settings.trailBucketName === undefined ? checkNewTrail(settings) : checkExistingTrail(settings);
}

function checkNewTrail(settings: PipelineSettings): string[] {
  const {
    createTrail,
    trailKmsKeyArn,
    trailBucketAccount,
    organizationId,
    trailAccounts,
    managementAccount,
  } = settings;
  const problems: string[] = [];
  if (createTrail === false)
    problems.push(
      'createTrail=false requires trailBucketName (not set). Set trailBucketName to the bucket of an existing trail or remove createTrail.',
    );
  if (trailKmsKeyArn !== undefined)
    problems.push(
      'trailKmsKeyArn requires trailBucketName (not set). Set trailBucketName, or use encryptTrail=true instead to encrypt a new trail.',
    );
  if (trailBucketAccount !== undefined)
    problems.push(
      'trailBucketAccount requires trailBucketName (not set). Set trailBucketName or remove trailBucketAccount.',
    );
  if (managementAccount !== undefined && organizationId === undefined)
    problems.push(
      'managementAccount requires organizationId (not set). Set organizationId or remove managementAccount.',
    );
  if (trailAccounts !== undefined && organizationId === undefined)
    problems.push(
      'trailAccounts requires organizationId for a new trail (not set). Set organizationId or remove trailAccounts.',
    );
  return problems;
}

/** CloudTrail needs a bucket policy, and CDK cannot add a statement to the policy of an imported bucket. */
function checkExistingTrail(settings: PipelineSettings): string[] {
  const { createTrail, trailBucketName, encryptTrail, trailRetentionDays } = settings;
  const problems: string[] = [];
  if (createTrail)
    problems.push(
      `createTrail=true requires a new bucket (got trailBucketName=${trailBucketName}). Remove createTrail or trailBucketName.`,
    );
  if (encryptTrail)
    problems.push(
      `encryptTrail=true requires a new trail (got trailBucketName=${trailBucketName}). Set trailKmsKeyArn to the existing trail's key or remove encryptTrail.`,
    );
  if (trailRetentionDays !== undefined)
    problems.push(
      `trailRetentionDays requires a new bucket (got trailBucketName=${trailBucketName}). Remove trailRetentionDays and set a lifecycle rule on that bucket.`,
    );
  return problems;
}

function checkTrigger(settings: PipelineSettings): string[] {
  const { trigger = 'queue', topicArn, trailBucketName, trailBucketAccount, trailKeyPrefix } = settings;
  const problems: string[] = [];
  const encoded = trailKeyPrefix === undefined ? 0 : formEncode(trailKeyPrefix).length;
  if ((trigger === 'queue' || trigger === 'direct') && encoded > MAX_ENCODED_PREFIX)
    problems.push(
      `trailKeyPrefix must have at most ${MAX_ENCODED_PREFIX} characters when form-encoded (got ${encoded}), because trigger=${trigger} needs it in a notification rule. Use trigger=eventbridge or trigger=sns.`,
    );
  if (topicArn !== undefined && trigger !== 'sns')
    problems.push(`topicArn requires trigger=sns (got ${trigger}). Set trigger=sns or remove topicArn.`);
  if (trigger === 'sns' && trailBucketName !== undefined && topicArn === undefined)
    problems.push(
      'trigger=sns requires topicArn for an existing bucket (not set). Set topicArn to the topic of the trail or of the bucket.',
    );
  if (trigger === 'sns' && trailBucketName === undefined && topicArn !== undefined)
    problems.push(
      'topicArn requires trailBucketName (not set), because a new trail gets a new topic. Set trailBucketName or remove topicArn.',
    );
  if (trailBucketAccount !== undefined && trigger !== 'sns')
    problems.push(
      `trailBucketAccount=${trailBucketAccount} requires trigger=sns (got ${trigger}). Set trigger=sns and topicArn to a topic in that account, or remove trailBucketAccount if the bucket is in this account.`,
    );
  return problems;
}

/**
 * The value of a filter has at most 1,024 characters, and the rest of the prefix up to 100.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_FilterRule.html
 */
const MAX_ENCODED_PREFIX = 924;

function checkConcurrency(settings: PipelineSettings): string[] {
  const { reservedConcurrency } = settings;
  const maxConcurrency = concurrencyOf(settings);
  if (reservedConcurrency === undefined || reservedConcurrency >= maxConcurrency) return [];
  return [
    `reservedConcurrency must be at least maxConcurrency=${maxConcurrency} (got ${reservedConcurrency}), otherwise Lambda throttles the work queue. Set reservedConcurrency=${maxConcurrency} or a smaller maxConcurrency.`,
  ];
}

function checkBackfill(settings: PipelineSettings): string[] {
  const { backfill = false, destination = 's3', backfillMaxConcurrency, backfillBytesPerSecond } = settings;
  const dependent = { backfillMaxConcurrency, backfillBytesPerSecond };
  if (!backfill)
    return Object.entries(dependent).flatMap(([name, given]) =>
      given === undefined
        ? []
        : [`${name} requires backfill=true (got ${backfill}). Set backfill=true or remove ${name}.`],
    );
  const total = backfillBytesPerSecond ?? (destination === 's3' ? undefined : SHARED_BYTES_PER_SECOND);
  const concurrency = backfillMaxConcurrency ?? BACKFILL_CONCURRENCY;
  if (total === undefined || total / concurrency >= MIN_BYTES_PER_SECOND) return [];
  return [
    `backfillBytesPerSecond must be at least ${MIN_BYTES_PER_SECOND} for each of ${concurrency} invocations (got ${total}). Set backfillBytesPerSecond=${MIN_BYTES_PER_SECOND * concurrency} or a smaller backfillMaxConcurrency.`,
  ];
}

function checkSelection(settings: PipelineSettings): string[] {
  const { rulesFile, excludeEvents, maxDropShare, redact, redactKeySecretArn } = settings;
  const problems: string[] = [];
  if (maxDropShare !== undefined && rulesFile === undefined && excludeEvents === undefined)
    problems.push(
      'maxDropShare requires rulesFile or excludeEvents (not set). Set one of them or remove maxDropShare.',
    );
  if (redactKeySecretArn !== undefined && redact === undefined)
    problems.push(
      'redactKeySecretArn requires redact (not set). Set redact=default or remove redactKeySecretArn.',
    );
  return problems;
}

/** Settings that require one destination. */
const DESTINATION_SETTINGS: Partial<Record<keyof PipelineSettings, string>> = {
  eventsBucketName: 's3',
  eventsRetentionDays: 's3',
  athena: 's3',
  httpEndpointUrl: 'http',
  httpSecretArn: 'http',
  deliveryStreamName: 'stream',
};

function checkDestination(settings: PipelineSettings): string[] {
  const { destination = 's3', packing, eventsBucketName, eventsRetentionDays, trailBucketName } = settings;
  const problems: string[] = [];
  for (const [name, owner] of Object.entries(DESTINATION_SETTINGS)) {
    const given = settings[name as keyof PipelineSettings];
    if (given !== undefined && given !== false && owner !== destination)
      problems.push(
        `${name} requires destination=${owner} (got ${destination}). Set destination=${owner} or remove ${name}.`,
      );
  }
  if (destination === 'http' && settings.httpEndpointUrl === undefined)
    problems.push(
      'destination=http requires httpEndpointUrl (not set). Set httpEndpointUrl to an https:// URL or use another destination.',
    );
  if (destination === 'http' && settings.httpSecretArn === undefined)
    problems.push(
      'destination=http requires httpSecretArn (not set). Set httpSecretArn to the ARN of a secret that contains {"api_key":"…"}.',
    );
  if (destination === 'stream' && settings.deliveryStreamName === undefined)
    problems.push(
      'destination=stream requires deliveryStreamName (not set). Set deliveryStreamName to an existing stream or use another destination.',
    );
  const names = settings.deliveryStreamName?.split(',') ?? [];
  if (new Set(names).size < names.length)
    problems.push(
      `deliveryStreamName must name each stream once (got ${settings.deliveryStreamName}). Remove the repeated names.`,
    );
  if (destination === 'stream' && settings.streams !== undefined)
    problems.push(
      `streams requires destination=s3 or destination=http (got stream). List the streams in deliveryStreamName, separated by commas, or remove streams.`,
    );
  if (destination === 'http' && packing === 'gzip')
    problems.push(
      'destination=http requires packing=single or packing=lines (got gzip), because an HTTP endpoint cannot read gzip records. Set packing=single or remove packing.',
    );
  const isSingle = packing === 'single' || (packing === undefined && destination === 'http');
  if (settings.maxEventsPerRecord !== undefined && isSingle)
    problems.push(
      'maxEventsPerRecord requires packing=lines or packing=gzip (got single). Set one of these or remove maxEventsPerRecord.',
    );
  if (eventsBucketName !== undefined && eventsBucketName === trailBucketName)
    problems.push(
      `eventsBucketName must not be the trail bucket (got ${eventsBucketName}), because every object with events would trigger the function again. Use another bucket or remove eventsBucketName.`,
    );
  if (eventsBucketName !== undefined && eventsRetentionDays !== undefined)
    problems.push(
      `eventsRetentionDays requires a new bucket (got eventsBucketName=${eventsBucketName}). Remove eventsRetentionDays and set a lifecycle rule on that bucket.`,
    );
  return problems;
}
