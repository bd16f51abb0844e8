import { CfnCondition, Fn, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { LARGE_QUOTA_REGIONS, STREAM_QUOTA } from '../settings/concurrency.ts';

/**
 * Returns each invocation's share of the default quota of a stream, in bytes per second. If the region is known only when
 * the stack is deployed, CloudFormation chooses the quota.
 */
export function defaultQuotaShare(scope: Construct, invocations: number): number {
  const { region } = Stack.of(scope);
  const large = Math.floor(STREAM_QUOTA.large / invocations);
  const other = Math.floor(STREAM_QUOTA.other / invocations);
  if (!Token.isUnresolved(region)) return LARGE_QUOTA_REGIONS.some((name) => name === region) ? large : other;
  return Token.asNumber(Fn.conditionIf(findCondition(scope, region).logicalId, String(large), String(other)));
}

const CONDITION = 'HasLargeStreamQuota';

function findCondition(scope: Construct, region: string): CfnCondition {
  const known = scope.node.tryFindChild(CONDITION) as CfnCondition | undefined;
  const isLarge = LARGE_QUOTA_REGIONS.map((name) => Fn.conditionEquals(region, name));
  return known ?? new CfnCondition(scope, CONDITION, { expression: Fn.conditionOr(...isLarge) });
}
