import { Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Console domains by partition.
 * https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
const CONSOLE_DOMAINS = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
} as const;

/** Returns the console's domain in the stack's partition, which may be known only at deployment. */
export function consoleDomain(scope: Construct): string {
  const { partition } = Stack.of(scope);
  if (!Token.isUnresolved(partition) && partition in CONSOLE_DOMAINS)
    return CONSOLE_DOMAINS[partition as keyof typeof CONSOLE_DOMAINS];
  const mapping = Object.fromEntries(
    Object.entries(CONSOLE_DOMAINS).map(([name, domain]) => [name, { domain }]),
  );
  return new CfnMapping(scope, 'ConsoleDomains', { mapping }).findInMap(Aws.PARTITION, 'domain');
}
