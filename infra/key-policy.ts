import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type KeyService, viaService } from './security/customer-key.ts';
import type { PipelineSettings } from './settings/settings.ts';
import { cloudTrailKeyStatements } from './trail/trail-key.ts';

/**
 * Returns the statements that the policy of `kmsKeyArn` must have before the deployment, as JSON. The stack cannot
 * change the policy of a key that it does not own. Roles that do not exist yet cannot be principals, so the statement
 * for them delegates to IAM in this account, limited to the services that call KMS for them.
 *
 * @param trailArn new trail that encrypts with the key. @default - no such trail
 */
export function kmsKeyStatements(
  scope: Construct,
  settings: PipelineSettings,
  trailArn: string | undefined,
): string {
  const statements = [
    ...(trailArn === undefined ? [] : cloudTrailKeyStatements(scope, trailArn, settings.managementAccount)),
    ...senderStatements(scope, settings),
    logStatement(scope),
    ...roleStatements(scope, settings),
  ];
  return Stack.of(scope).toJsonString(statements.map((statement) => statement.toStatementJson()));
}

/**
 * A service that sends to an encrypted queue uses the key itself. Lambda, for trigger `direct`, uses the function's
 * role instead.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
 */
function senderStatements(
  scope: Construct,
  { trigger = 'queue', topicArn }: PipelineSettings,
): PolicyStatement[] {
  const service = { queue: 's3', direct: undefined, sns: 'sns', eventbridge: 'events' }[trigger];
  if (service === undefined) return [];
  return [
    new PolicyStatement({
      sid: 'SenderEncryptsNotifications',
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions:
        topicArn === undefined
          ? { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } }
          : { ArnEquals: { 'aws:SourceArn': topicArn } },
    }),
  ];
}

/**
 * CloudFormation names the log groups after the stack.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
function logStatement(scope: Construct): PolicyStatement {
  const stack = Stack.of(scope);
  const logGroups = stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: `${stack.stackName}-*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new PolicyStatement({
    sid: 'LogGroupsEncrypt',
    principals: [new ServicePrincipal(`logs.${stack.region}.${stack.urlSuffix}`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
  });
}

/** A key whose policy delegates everything to IAM, as CDK's and the console's do, allows these already. */
function roleStatements(
  scope: Construct,
  { destination = 's3', receipts = true, redactKeySecretArn }: PipelineSettings,
): PolicyStatement[] {
  const { region, urlSuffix } = Stack.of(scope);
  const account = { principals: [new AccountRootPrincipal()], resources: ['*'] };
  const services: KeyService[] = [
    's3',
    'sqs',
    ...(destination === 'http' || redactKeySecretArn !== undefined ? ['secretsmanager' as const] : []),
  ];
  const use = new PolicyStatement({
    ...account,
    sid: 'RolesUseTheKey',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    conditions: { StringEquals: { 'kms:ViaService': services.map((service) => viaService(scope, service)) } },
  });
  const grant = new PolicyStatement({
    ...account,
    sid: 'DeploymentGrantsTheKeyToTheStream',
    actions: ['kms:CreateGrant', 'kms:RevokeGrant'],
    conditions: {
      StringEquals: { 'kms:ViaService': `firehose.${region}.${urlSuffix}` },
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
    },
  });
  const read = new PolicyStatement({
    ...account,
    sid: 'DeploymentReadsTheKey',
    actions: ['kms:DescribeKey'],
  });
  const hasNewStream = destination !== 'stream' || receipts;
  return hasNewStream ? [use, grant, read] : [use, read];
}
