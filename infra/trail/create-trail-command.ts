import { Stack } from 'aws-cdk-lib';
import type { CfnTrail, CfnTrailProps } from 'aws-cdk-lib/aws-cloudtrail';
import type { Construct } from 'constructs';

/** Properties of a trail that the commands set. */
export type TrailOptions = Pick<
  CfnTrailProps,
  'trailName' | 's3BucketName' | 's3KeyPrefix' | 'kmsKeyId' | 'snsTopicName' | 'insightSelectors'
>;

/**
 * Returns commands of the AWS CLI that create an organization trail outside the stack's account. CloudFormation cannot:
 * after CreateTrail, it looks for the trail in its own account.
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1932
 */
export function createTrailCommand(
  scope: Construct,
  trailArn: string,
  trail: TrailOptions,
  selectors: CfnTrail.AdvancedEventSelectorProperty[] | undefined,
): string {
  const stack = Stack.of(scope);
  const named = `--region ${stack.region} --trail-name ${trailArn}`;
  const commands = [
    [
      `create-trail --region ${stack.region} --name ${trail.trailName} --s3-bucket-name ${trail.s3BucketName}`,
      ...(trail.s3KeyPrefix === undefined ? [] : [`--s3-key-prefix ${quote(trail.s3KeyPrefix)}`]),
      ...(trail.kmsKeyId === undefined ? [] : [`--kms-key-id ${trail.kmsKeyId}`]),
      ...(trail.snsTopicName === undefined ? [] : [`--sns-topic-name ${trail.snsTopicName}`]),
      '--is-organization-trail --is-multi-region-trail --include-global-service-events --enable-log-file-validation',
    ].join(' '),
    ...(selectors
      ? [`put-event-selectors ${named} --advanced-event-selectors '${stack.toJsonString(forApi(selectors))}'`]
      : []),
    ...(trail.insightSelectors
      ? [
          `put-insight-selectors ${named} --insight-selectors '${stack.toJsonString(forApi(trail.insightSelectors))}'`,
        ]
      : []),
    `start-logging --region ${stack.region} --name ${trailArn}`,
  ];
  return commands.map((command) => `aws cloudtrail ${command}`).join(' && ');
}

/** Names members as the API does: those of CloudFormation in CDK, but for their first letter and `equalTo`. */
function forApi(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forApi);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name === 'equalTo' ? 'Equals' : name.charAt(0).toUpperCase() + name.slice(1),
      forApi(member),
    ]),
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
