import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { answered, ask, judge } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { type Finding, fail, ok } from '../finding.ts';
import { checkDestinations } from './check-destinations.ts';
import type { TrailFacts } from './check-trail.ts';
import { judgeLifecycle, judgeNotifications, judgeRegion, plannedRules } from './judge-bucket.ts';
import { judgeKeyPolicy, judgeKeyState } from './judge-key.ts';
import { rulesOf } from './notification-rules.ts';
import type { Targets } from './targets.ts';

/** Checks the bucket's settings: Region, notifications and their destinations, lifecycle, keys. */
export async function checkBucket(
  targets: Targets,
  trail: TrailFacts | undefined,
  nowMs: number,
  stop: AbortSignal,
): Promise<Finding[]> {
  const { bucket, region } = targets;
  // Answers even if the bucket is in another Region.
  const s3 = new S3Client({ ...CLIENT_OPTIONS, followRegionRedirects: true });
  const options = { abortSignal: stop };
  const input = { Bucket: bucket };
  const callOf = (operation: string, action: string) => ({
    ...{ name: `S3 ${operation}`, action, target: `s3://${bucket}` },
  });
  try {
    const location = await ask(
      'bucket',
      callOf('GetBucketLocation', 's3:GetBucketLocation'),
      async () => {
        const { LocationConstraint } = await s3.send(new GetBucketLocationCommand(input), options);
        return regionOf(LocationConstraint);
      },
      { NoSuchBucket: 'none' },
    );
    if (answered(location) === 'none')
      return [fail('bucket', `${bucket} does not exist`, 'aws s3api list-buckets')];
    const notifications = await ask(
      'notifications',
      callOf('GetBucketNotificationConfiguration', 's3:GetBucketNotification'),
      () => s3.send(new GetBucketNotificationConfigurationCommand(input), options),
    );
    const lifecycle = await ask(
      'lifecycle',
      callOf('GetBucketLifecycleConfiguration', 's3:GetLifecycleConfiguration'),
      () => s3.send(new GetBucketLifecycleConfigurationCommand(input), options),
      { NoSuchLifecycleConfiguration: { Rules: [], $metadata: {} } },
    );
    const encryption = await ask(
      'key',
      callOf('GetBucketEncryption', 's3:GetEncryptionConfiguration'),
      () => s3.send(new GetBucketEncryptionCommand(input), options),
      { ServerSideEncryptionConfigurationNotFoundError: { $metadata: {} } },
    );
    const root = targets.root ?? trail?.root ?? 'AWSLogs/';
    const planned = plannedRules(root, trail?.account, trail?.isOrganization ?? false);
    const rules = rulesOf(answered(notifications) ?? {});
    const defaultKey = answered(encryption)?.ServerSideEncryptionConfiguration?.Rules?.flatMap(
      ({ ApplyServerSideEncryptionByDefault: by }) =>
        by?.SSEAlgorithm === 'AES256' ? [] : (by?.KMSMasterKeyID ?? []),
    )[0];
    const keys = [...new Set([trail?.keyArn, defaultKey])].filter((key) => key !== undefined);
    return [
      ...judge(location, (bucketRegion) => judgeRegion(bucket, bucketRegion, region)),
      ...judge(notifications, (answer) => judgeNotifications(answer, targets, planned)),
      ...(await checkDestinations(rules, bucket, stop)),
      ...judge(lifecycle, ({ Rules = [] }) => judgeLifecycle(Rules, { ...targets, root }, nowMs)),
      ...judge(encryption, () => (keys.length > 0 ? [] : [ok('key', 'log objects have no key of KMS')])),
      ...(await checkKeys(keys, targets, stop)),
    ];
  } finally {
    s3.destroy();
  }
}

/** us-east-1 has no constraint, and older buckets of Ireland have `EU`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
function regionOf(constraint = 'us-east-1'): string {
  return constraint === 'EU' ? 'eu-west-1' : constraint;
}

/** Checks the keys that log objects may be encrypted with. */
async function checkKeys(
  keys: readonly string[],
  { deployed }: Targets,
  stop: AbortSignal,
): Promise<Finding[]> {
  const kms = new KMSClient(CLIENT_OPTIONS);
  const options = { abortSignal: stop };
  const callOf = (operation: string, key: string) => ({
    ...{ name: `KMS ${operation}`, action: `kms:${operation}`, target: key, regionOf: 'key' },
  });
  const findings: Finding[] = [];
  try {
    for (const key of keys) {
      const described = await ask('key', callOf('DescribeKey', key), () =>
        kms.send(new DescribeKeyCommand({ KeyId: key }), options),
      );
      const { KeyMetadata } = answered(described) ?? {};
      const state = KeyMetadata && judgeKeyState(KeyMetadata);
      if (state || 'finding' in described) {
        findings.push(...judge(described, () => state ?? []));
        continue;
      }
      const arn = KeyMetadata?.Arn ?? key;
      const policy = await ask('key', callOf('GetKeyPolicy', key), () =>
        kms.send(new GetKeyPolicyCommand({ KeyId: arn, PolicyName: 'default' }), options),
      );
      findings.push(...judge(policy, ({ Policy = '' }) => judgeKeyPolicy(arn, Policy, deployed?.role)));
    }
    return findings;
  } finally {
    kms.destroy();
  }
}
