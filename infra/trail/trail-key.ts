import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface TrailKeyProps {
  /** ARN of the only trail that can encrypt with the key. */
  readonly trailArn: string;
  /** 12-digit ID of the account that owns the trail. @default - the stack's account */
  readonly trailAccount?: string;
  /**
   * What happens to the key when the stack is deleted. Without the key, its log objects are unreadable.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The key of a new trail, with the policy that CloudTrail needs and CDK's `Trail` does not add. CDK's default
 * key policy delegates decryption to IAM in this account.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
 */
export class TrailKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: TrailKeyProps) {
    super(scope, id);
    const { trailArn, trailAccount, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = props;
    this.key = new Key(this, 'Key', {
      description: 'CloudTrail log objects',
      enableKeyRotation: true,
      removalPolicy,
    });
    for (const statement of cloudTrailKeyStatements(this, trailArn, trailAccount))
      this.key.addToResourcePolicy(statement);
  }
}

/**
 * Returns what CloudTrail needs in the policy of a key, for one trail.
 *
 * @param trailAccount account that owns the trail: for an organization trail, the management account
 */
export function cloudTrailKeyStatements(
  scope: Construct,
  trailArn: string,
  trailAccount: string = Aws.ACCOUNT_ID,
): PolicyStatement[] {
  const principals = [new ServicePrincipal('cloudtrail.amazonaws.com')];
  const fromTrail = { 'aws:SourceArn': trailArn };
  return [
    new PolicyStatement({
      sid: 'CloudTrailEncryptsItsLogs',
      principals,
      actions: ['kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: {
        StringEquals: fromTrail,
        // A multi-region trail has an ARN in each region.
        StringLike: {
          'kms:EncryptionContext:aws:cloudtrail:arn': `arn:${Stack.of(scope).partition}:cloudtrail:*:${trailAccount}:trail/*`,
        },
      },
    }),
    new PolicyStatement({
      sid: 'CloudTrailLooksAtTheKey',
      principals,
      actions: ['kms:DescribeKey'],
      resources: ['*'],
      conditions: { StringEquals: fromTrail },
    }),
  ];
}
