import { CfnMapping, Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';

/**
 * Lets a delivery stream synthesize in a region that is missing from CDK's table of Firehose address blocks, like
 * `mx-central-1` or `eusc-de-east-1`. CDK's construct looks the block up for a public Redshift cluster, which no
 * destination here is, and throws if there is none. It uses a mapping with this ID if the stack has one.
 */
export function allowUnknownRegion(scope: Construct): void {
  const stack = Stack.of(scope);
  if (Token.isUnresolved(stack.region) || RegionInfo.get(stack.region).firehoseCidrBlock !== undefined)
    return;
  if (stack.node.tryFindChild(CIDR_MAPPING_ID)) return;
  const mapping = { [stack.region]: { FirehoseCidrBlock: UNUSED_BLOCK } };
  new CfnMapping(stack, CIDR_MAPPING_ID, { mapping, lazy: true });
}

/** https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-kinesisfirehose/lib/delivery-stream.ts */
const CIDR_MAPPING_ID = '@aws-cdk/aws-kinesisfirehose.CidrBlocks';

/** An address block for documentation (RFC 5737): never routed, and never part of the template. */
const UNUSED_BLOCK = '192.0.2.0/24';
