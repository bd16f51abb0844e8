import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Tells cdk-nag why these ARNs need a wildcard (AwsSolutions-IAM5).
 *
 * @param resources the ARNs exactly as in the policy, including tokens
 */
export function acknowledgeWildcards(scope: Construct, resources: readonly string[], reason: string): void {
  for (const resource of resources) {
    const text = flatten(Stack.of(scope).resolve(resource));
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${text}]`, reason });
  }
}

/** Acknowledges the unused mapping (W7001) that CDK adds with each delivery stream. */
export function acknowledgeStreamMapping(scope: Construct): void {
  Validations.of(Stack.of(scope)).acknowledge({
    id: 'CloudFormation-Validate::W7001',
    reason:
      'The delivery stream construct adds this mapping, but needs it only for a public Redshift cluster.',
  });
}

/** Formats an ARN like cdk-nag: `<AWS::AccountId>` for a Ref, `<Id.Arn>` for a GetAtt, joined for a Join. */
function flatten(node: unknown): string {
  if (typeof node !== 'object' || node === null) return String(node);
  const [[name, value] = ['', undefined]] = Object.entries(node);
  if (name === 'Fn::Join' && Array.isArray(value) && Array.isArray(value[1]))
    return value[1].map(flatten).join(value[0]);
  if (name === 'Fn::GetAtt' && Array.isArray(value)) return `<${value.join('.')}>`;
  return `<${value}>`;
}
