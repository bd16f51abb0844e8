import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';

/**
 * Allows one bucket of this account to send notifications to a queue.
 *
 * @returns the queue policy, which must exist before the notifications, because S3 sends a test message first
 */
export function allowBucketToSend(queue: Queue, bucketArn: string): IConstruct {
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'BucketNotifies',
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: {
        ArnEquals: { 'aws:SourceArn': bucketArn },
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      },
    }),
  );
  return queue.node.findChild('Policy');
}

/**
 * Allows one bucket of this account to invoke a function.
 *
 * @returns the permission, which must exist before the notifications
 */
export function allowBucketToInvoke(scope: Construct, target: IFunction, bucketArn: string): IConstruct {
  return new CfnPermission(scope, 'MayInvoke', {
    action: 'lambda:InvokeFunction',
    functionName: target.functionArn,
    principal: 's3.amazonaws.com',
    sourceArn: bucketArn,
    sourceAccount: Aws.ACCOUNT_ID,
  });
}
