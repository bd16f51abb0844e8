import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Says why each of these ARNs has to hold a wildcard, where cdk-nag asks (AwsSolutions-IAM5).
 *
 * @param resources the very ARNs of the policy, tokens and all
 */
export function acknowledgeWildcards(scope: Construct, resources: readonly string[], reason: string): void {
  for (const resource of resources) {
    const text = flatten(Stack.of(scope).resolve(resource));
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${text}]`, reason });
  }
}

/** The mapping that each delivery stream construct brings along, which the built-in rules find unused (W7001). */
export function acknowledgeStreamMapping(scope: Construct): void {
  Validations.of(Stack.of(scope)).acknowledge({
    id: 'CloudFormation-Validate::W7001',
    reason: 'A mapping of the delivery stream construct, which it only needs for a public Redshift cluster.',
  });
}

/** An ARN as cdk-nag names it: `<AWS::AccountId>` for a Ref, `<Id.Arn>` for a GetAtt, a Join put together. */
function flatten(node: unknown): string {
  if (typeof node !== 'object' || node === null) return String(node);
  const [[name, value] = ['', undefined]] = Object.entries(node);
  if (name === 'Fn::Join' && Array.isArray(value) && Array.isArray(value[1]))
    return value[1].map(flatten).join(value[0]);
  if (name === 'Fn::GetAtt' && Array.isArray(value)) return `<${value.join('.')}>`;
  return `<${value}>`;
}
