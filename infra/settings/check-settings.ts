import { checkForms } from './setting-formats.ts';
import { type PipelineSettings, SettingsError } from './settings.ts';

/**
 * Checks each setting by itself and those that do not go together.
 *
 * @param stackName gives new trail buckets their name
 * @throws SettingsError with one line for each problem, which says what to write instead
 */
export function checkSettings(settings: PipelineSettings, stackName: string): void {
  const problems = [
    ...checkStackName(settings, stackName),
    ...checkForms(settings),
    ...checkTrail(settings),
    ...checkTrigger(settings),
    ...checkConcurrency(settings),
    ...checkDestination(settings),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
}

/** The trail bucket is named after the stack: 63 characters, of which account, region and marks take 34. */
function checkStackName({ trailBucketName }: PipelineSettings, stackName: string): string[] {
  if (trailBucketName !== undefined || stackName.length <= 29) return [];
  return [
    `the stack's name ${stackName} is too long to name the trail bucket after; write one of 29 characters`,
  ];
}

function checkTrail(settings: PipelineSettings): string[] {
  const { createTrail, trailBucketName, trailKmsKeyArn, organizationId, trailAccounts } = settings;
  const problems: string[] = [];
  if (trailBucketName === undefined) {
    if (createTrail === false)
      problems.push('createTrail is false; write trailBucketName=… for the bucket that a trail writes to');
    if (trailKmsKeyArn !== undefined)
      problems.push(
        'trailKmsKeyArn is the key of a trail that exists; write encryptTrail=true for a new trail',
      );
    if (settings.trailBucketAccount !== undefined)
      problems.push(
        'trailBucketAccount is for a bucket that exists; write trailBucketName=… as well, or leave it',
      );
    if (trailAccounts !== undefined && organizationId === undefined)
      problems.push(
        'trailAccounts of a new trail can only narrow an organization trail; write organizationId=… as well, or leave it',
      );
    return problems;
  }
  // CloudTrail needs a policy on its bucket, and nobody can add a statement to the policy of an imported one.
  if (createTrail)
    problems.push(
      'createTrail writes to a bucket of its own; write either createTrail=true or trailBucketName=…, not both',
    );
  if (settings.encryptTrail)
    problems.push(
      'encryptTrail is for a new trail; write trailKmsKeyArn=… for the key that the existing one uses',
    );
  if (settings.trailRetentionDays !== undefined)
    problems.push(
      'trailRetentionDays is for a new bucket; leave it, and set the lifecycle on the existing bucket',
    );
  return problems;
}

function checkTrigger(settings: PipelineSettings): string[] {
  const { trigger = 'queue', topicArn, trailBucketName, trailBucketAccount } = settings;
  const problems: string[] = [];
  if (topicArn !== undefined && trigger !== 'sns')
    problems.push(`topicArn goes with trigger sns, not ${trigger}; write trigger=sns, or leave topicArn`);
  if (trigger === 'sns' && trailBucketName !== undefined && topicArn === undefined)
    problems.push(
      "trigger sns on an existing bucket needs topicArn=…: the trail's own topic or the bucket's",
    );
  if (trigger === 'sns' && trailBucketName === undefined && topicArn !== undefined)
    problems.push('a new trail gets a topic of its own; leave topicArn, or write trailBucketName=…');
  if (trailBucketAccount !== undefined && trigger !== 'sns')
    problems.push(
      `trigger ${trigger} would have to change a bucket of account ${trailBucketAccount}; write trigger=sns and topicArn=… of a topic there, or leave trailBucketAccount where the bucket is in this account`,
    );
  return problems;
}

function checkConcurrency({ maxConcurrency = 10, reservedConcurrency }: PipelineSettings): string[] {
  if (reservedConcurrency === undefined || reservedConcurrency >= maxConcurrency) return [];
  return [
    `reservedConcurrency ${reservedConcurrency} is less than maxConcurrency ${maxConcurrency}, so the queue would be throttled; write reservedConcurrency=${maxConcurrency} or a smaller maxConcurrency`,
  ];
}

/** Settings that only one destination knows. */
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
        `${name} goes with destination ${owner}, not ${destination}; write destination=${owner}, or leave ${name}`,
      );
  }
  if (destination === 'http' && settings.httpEndpointUrl === undefined)
    problems.push('destination http needs httpEndpointUrl=https://…');
  if (destination === 'http' && settings.httpSecretArn === undefined)
    problems.push('destination http needs httpSecretArn=… of a secret that holds {"api_key":"…"}');
  if (destination === 'stream' && settings.deliveryStreamName === undefined)
    problems.push('destination stream needs deliveryStreamName=…');
  if (destination === 'http' && packing === 'gzip')
    problems.push(
      'packing gzip makes records that an HTTP endpoint cannot read; write packing=single, or leave it',
    );
  // Each object that Firehose writes would be one more notification.
  if (eventsBucketName !== undefined && eventsBucketName === trailBucketName)
    problems.push(
      'eventsBucketName is the trail bucket, so the output would come back as input; write another bucket, or leave it',
    );
  if (eventsBucketName !== undefined && eventsRetentionDays !== undefined)
    problems.push(
      'eventsRetentionDays is for a new bucket; leave it, and set the lifecycle on the existing bucket',
    );
  return problems;
}
