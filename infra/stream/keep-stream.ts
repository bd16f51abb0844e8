import { CfnDeletionPolicy, CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Makes all resources of a stream outlive their stack: the stream, and the role, log group and log stream that it
 * delivers with. DeleteDeliveryStream deletes the events that Firehose accepted and still buffers, so a stream
 * that CloudFormation replaces is always kept, and one that leaves the stack unless `removalPolicy` is DESTROY.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeleteDeliveryStream.html
 *
 * Not RETAIN_ON_UPDATE_OR_DELETE as for buckets: if an update fails after the function has moved to the new
 * stream, that policy would delete the new stream with its events. Its name is generated, so one that stays
 * cannot block a later deployment.
 */
export function keepStream(stream: Construct, removalPolicy: RemovalPolicy | undefined): void {
  for (const resource of stream.node.findAll()) {
    if (!(resource instanceof CfnResource)) continue;
    resource.applyRemovalPolicy(
      removalPolicy === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    );
    resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }
}
