import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';

/**
 * Lets the notifications of one bucket of this account into a queue.
 *
 * @returns what has to be there before the bucket is told of the queue: S3 sends a test message first
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
 * Lets the notifications of one bucket of this account invoke a function.
 *
 * @returns what has to be there before the bucket is told of the function
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
