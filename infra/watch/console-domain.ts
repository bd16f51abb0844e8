import { Aws, CfnCondition, Fn, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Console domains by partition.
 * https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
const CONSOLE_DOMAINS: Record<string, string> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
};

/** Domain of the partition `aws`, and of partitions that are not in the list. */
const DEFAULT_DOMAIN = 'console.aws.amazon.com';

/**
 * Returns the console's domain in the stack's partition, which may be known only at deployment. Conditions have a
 * default; a mapping without the partition would fail the deployment.
 */
export function consoleDomain(scope: Construct): string {
  const { partition } = Stack.of(scope);
  if (!Token.isUnresolved(partition)) return CONSOLE_DOMAINS[partition] ?? DEFAULT_DOMAIN;
  return Object.entries(CONSOLE_DOMAINS).reduce((otherwise, [name, domain]) => {
    const expression = Fn.conditionEquals(Aws.PARTITION, name);
    const { logicalId } = new CfnCondition(scope, `Is-${name}`, { expression });
    return Fn.conditionIf(logicalId, domain, otherwise).toString();
  }, DEFAULT_DOMAIN);
}
