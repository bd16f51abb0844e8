import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { describe, expect, it } from 'vitest';
import { ClaimBucket } from '../../infra/function/claim-bucket.ts';
import { DeliverFunction } from '../../infra/function/deliver-function.ts';
import { ObjectTrigger } from '../../infra/function/object-trigger.ts';
import { WorkQueue } from '../../infra/function/work-queue.ts';
import { ExistingTrailBucket } from '../../infra/trail/existing-trail-bucket.ts';
import { LogLocation } from '../../infra/trail/log-location.ts';
import { ENV } from '../../lambda/contract.ts';
import { KIND_FOLDERS } from '../../lambda/trigger/trail-kinds.ts';
import { propertiesOf, roleStatements } from './synthesize.ts';

describe("the constructs in another project's app", () => {
  it('create a pipeline to an existing stream from another directory, without this cdk.json', () => {
    const directory = process.cwd();
    process.chdir('/');
    try {
      const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
      const stack = new Stack(app, 'Theirs', { env: { account: '111122223333', region: 'eu-west-3' } });
      const stream = DeliveryStream.fromDeliveryStreamName(stack, 'Stream', 'siem');
      const trail = new ExistingTrailBucket(stack, 'Trail', { bucketName: 'my-trail-bucket' });
      const work = new WorkQueue(stack, 'Work', { functionTimeout: Duration.minutes(5) });
      const deliver = new DeliverFunction(stack, 'Deliver', {
        trail,
        workQueue: work.queue,
        claimBucket: new ClaimBucket(stack, 'Claims').bucket,
        deliveryStreamName: stream.deliveryStreamName,
        deliveryStreamArn: stream.deliveryStreamArn,
        packing: 'lines',
      });
      new ObjectTrigger(stack, 'Trigger', { trigger: 'queue', trail, workQueue: work, deliver });
      work.feed(deliver.lambda, 10);
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
      template.hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: { DELIVERY_STREAM_NAME: 'siem', PACKING: 'lines' } },
      });
      template.resourceCountIs('AWS::S3::Bucket', 1);
    } finally {
      process.chdir(directory);
    }
  });

  it('need no claim bucket: without it, the function has neither its name nor a permission to write objects', () => {
    const { stack } = newParts();
    const template = Template.fromStack(stack);
    const { Environment } = propertiesOf(template, 'AWS::Lambda::Function') as { Environment: object };
    expect(Environment).not.toHaveProperty(`Variables.${ENV.claimBucketName}`);
    expect(JSON.stringify(roleStatements(template, 'DeliverRole'))).not.toMatch(/s3:Put|claims/);
  });

  it('reject trigger sns without a topic', () => {
    const { stack, trail, workQueue, deliver } = newParts();
    expect(() => new ObjectTrigger(stack, 'Trigger', { trigger: 'sns', trail, workQueue, deliver })).toThrow(
      'trigger sns requires a topic. Set topicArn.',
    );
  });
});

function newParts() {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Theirs');
  const trail = new ExistingTrailBucket(stack, 'Trail', { bucketName: 'my-trail-bucket' });
  const workQueue = new WorkQueue(stack, 'Work', { functionTimeout: Duration.minutes(5) });
  const deliver = new DeliverFunction(stack, 'Deliver', {
    trail,
    workQueue: workQueue.queue,
    deliveryStreamName: 'siem',
    deliveryStreamArn: 'arn:aws:firehose:eu-west-3:111122223333:deliverystream/siem',
    packing: 'lines',
  });
  return { stack, trail, workQueue, deliver };
}

describe('the location of log objects', () => {
  it('is a folder per account, or one folder for an entire organization', () => {
    const one = new LogLocation({ accounts: ['111122223333'] });
    expect(one.notificationPrefixes).toEqual(['AWSLogs/111122223333/CloudTrail']);
    const all = new LogLocation({ keyPrefix: 'p', organizationId: 'o-a1b2c3d4e5' });
    expect(all.notificationPrefixes).toEqual(['p/AWSLogs/o-a1b2c3d4e5/']);
    expect(all.eventMatchers).toEqual([[{ wildcard: 'p/AWSLogs/o-a1b2c3d4e5/*/CloudTrail*.json.gz' }]]);
  });

  it('has one notification rule per kind with rulePerKind', () => {
    const location = new LogLocation({ accounts: ['111122223333'], rulePerKind: true });
    const folders = Object.values(KIND_FOLDERS).map((folder) => `AWSLogs/111122223333/${folder}/`);
    expect(location.notificationPrefixes).toEqual(folders);
    expect(location.notificationPrefixes).toHaveLength(4);
  });

  it('has one rule per account for up to 50 accounts, and one rule in all for more', () => {
    const accounts = (count: number) => Array.from({ length: count }, (_, i) => `${111111111111 + i}`);
    expect(new LogLocation({ accounts: accounts(50) }).notificationPrefixes).toHaveLength(50);
    expect(new LogLocation({ accounts: accounts(51) }).notificationPrefixes).toEqual(['AWSLogs/']);
  });

  it('is limited to the folders of the selected kinds', () => {
    const location = new LogLocation({ accounts: ['111122223333'], kinds: ['log', 'aggregated'] });
    const folders = ['AWSLogs/111122223333/CloudTrail/*', 'AWSLogs/111122223333/CloudTrail-Aggregated/*'];
    expect(location.readable).toEqual(folders);
    expect(location.eventMatchers[0]).toEqual(folders.map((folder) => ({ prefix: folder.slice(0, -1) })));
  });
});
