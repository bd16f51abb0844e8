import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { ORGANIZATION, TOPIC_ARN } from '../combinations.ts';
import {
  type Json,
  resolve,
  resolvedProperties,
  roleStatements,
  statementsOf,
  synthesize,
} from '../synthesize.ts';
import { requirementsOf, resourcesOf } from '../template-changes.ts';

const EXISTING = { trailBucketName: 'example-trail-bucket' } as const;
const NEW_BUCKET_ARN = 'arn:aws:s3:::test-trail-111122223333-eu-west-3';

interface Rule {
  Event?: string;
  Queue?: string;
  Function?: string;
  Filter: { S3Key: { Rules: { Name: string; Value: string }[] } };
}

/** Returns `prefix…suffix` of each rule of a bucket. */
function filters(rules: Rule[] | undefined): string[] {
  return (rules ?? []).map(({ Filter }) => Filter.S3Key.Rules.map(({ Value }) => Value).join('…'));
}

function queueStatement(settings: PipelineSettings) {
  const { PolicyDocument } = resolvedProperties(synthesize(settings), 'AWS::SQS::QueuePolicy', 'WorkQueue');
  return statementsOf(PolicyDocument).filter(({ Effect }) => Effect === 'Allow');
}

describe('trigger queue', () => {
  const notifications = (settings: PipelineSettings) =>
    resolvedProperties(synthesize(settings), 'AWS::S3::Bucket', 'TrailLogs').NotificationConfiguration as {
      QueueConfigurations: Rule[];
    };

  it('covers everything that a trail writes with one rule', () => {
    const { QueueConfigurations } = notifications({});
    expect(QueueConfigurations).toHaveLength(1);
    expect(QueueConfigurations[0]).toMatchObject({ Event: 's3:ObjectCreated:*', Queue: '<WorkQueue.Arn>' });
    expect(filters(QueueConfigurations)).toEqual(['AWSLogs/111122223333/CloudTrail….json.gz']);
  });

  it.each<[PipelineSettings, string[]]>([
    [{ kinds: ['log', 'insight'] }, ['AWSLogs/111122223333/CloudTrail….json.gz']],
    [
      { kinds: ['log', 'insight'], rulePerKind: true },
      ['AWSLogs/111122223333/CloudTrail/….json.gz', 'AWSLogs/111122223333/CloudTrail-Insight/….json.gz'],
    ],
    [{ trailKeyPrefix: 'team/a' }, ['team/a/AWSLogs/111122223333/CloudTrail….json.gz']],
    [{ organizationId: ORGANIZATION }, [`AWSLogs/${ORGANIZATION}/….json.gz`]],
    [
      { organizationId: ORGANIZATION, trailAccounts: ['111122223333', '222222222222'] },
      [
        `AWSLogs/${ORGANIZATION}/111122223333/CloudTrail….json.gz`,
        `AWSLogs/${ORGANIZATION}/222222222222/CloudTrail….json.gz`,
      ],
    ],
  ])('%j: %s', (settings, expected) => {
    expect(filters(notifications(settings).QueueConfigurations)).toEqual(expected);
  });

  it('allows only the trail bucket to send to the queue, before the bucket sends its test message', () => {
    expect(queueStatement({})).toEqual([
      {
        Sid: 'BucketNotifies',
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: '<WorkQueue.Arn>',
        Condition: {
          ArnEquals: { 'aws:SourceArn': NEW_BUCKET_ARN },
          StringEquals: { 'aws:SourceAccount': '111122223333' },
        },
      },
    ]);
    const [bucket] = Object.values(
      synthesize().findResources('AWS::S3::Bucket', { Properties: { NotificationConfiguration: {} } }),
    );
    expect(bucket?.DependsOn).toContainEqual(expect.stringMatching(/^WorkQueuePolicy/));
  });

  it('merges its rules into those of an existing bucket, with a role for only that bucket', () => {
    const template = synthesize(EXISTING);
    const custom = resolvedProperties(template, 'Custom::S3BucketNotifications');
    expect(custom).toMatchObject({ BucketName: 'example-trail-bucket', Managed: false });
    expect(custom.NotificationConfiguration).toMatchObject({
      QueueConfigurations: [
        {
          QueueArn: '<WorkQueue.Arn>',
          Events: ['s3:ObjectCreated:*'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'suffix', Value: '.json.gz' },
                { Name: 'prefix', Value: 'AWSLogs/111122223333/CloudTrail' },
              ],
            },
          },
        },
      ],
    });
    expect(roleStatements(template, 'TrailHandlerRole')).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketNotification', 's3:PutBucketNotification'],
        Resource: 'arn:aws:s3:::example-trail-bucket',
      },
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '<TrailHandlerLog.Arn>',
      },
    ]);
    template.resourceCountIs('AWS::IAM::Policy', 0);
  });

  it('logs the handler of those rules to a group whose name no service shortens', () => {
    const template = synthesize({ ...EXISTING, logRetentionDays: 30 });
    const [id] = Object.keys(
      template.findResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 } }),
    ).filter((name) => name.startsWith('TrailHandlerLog'));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      LoggingConfig: { LogGroup: { Ref: id } },
      Runtime: Match.stringLikeRegexp('^python'),
    });
  });
});

describe('trigger direct', () => {
  it('invokes the function and sends failed invocations to the work queue', () => {
    const template = synthesize({ trigger: 'direct' });
    const { LambdaConfigurations } = resolvedProperties(template, 'AWS::S3::Bucket', 'TrailLogs')
      .NotificationConfiguration as { LambdaConfigurations: Rule[] };
    expect(filters(LambdaConfigurations)).toEqual(['AWSLogs/111122223333/CloudTrail….json.gz']);
    expect(LambdaConfigurations[0]?.Function).toBe('<DeliverFunction.Arn>');
    expect(resolvedProperties(template, 'AWS::Lambda::EventInvokeConfig')).toEqual({
      FunctionName: '<DeliverFunction>',
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
      DestinationConfig: { OnFailure: { Destination: '<WorkQueue.Arn>' } },
    });
    // The function still processes the work queue.
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
  });

  it.each([
    [{}, NEW_BUCKET_ARN],
    [EXISTING, 'arn:aws:s3:::example-trail-bucket'],
  ])('allows one bucket of this account to invoke the function: %j', (settings, bucketArn) => {
    const template = synthesize({ trigger: 'direct', ...settings });
    expect(resolvedProperties(template, 'AWS::Lambda::Permission')).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: '<DeliverFunction.Arn>',
      Principal: 's3.amazonaws.com',
      SourceArn: bucketArn,
      SourceAccount: '111122223333',
    });
  });

  it.each([
    [{}, 'AWS::S3::Bucket'],
    [EXISTING, 'Custom::S3BucketNotifications'],
  ])('allows it before S3 checks the permission: %j', (settings, type) => {
    const template = synthesize({ trigger: 'direct', ...settings });
    const [permission = ''] = Object.keys(template.findResources('AWS::Lambda::Permission'));
    const notifying = Object.entries(resourcesOf(template)).filter(
      ([, { Type, Properties }]) => Type === type && Properties?.NotificationConfiguration,
    );
    expect(notifying).toHaveLength(1);
    for (const [id] of notifying) expect([...requirementsOf(template, id)]).toContain(permission);
  });
});

describe('trigger sns', () => {
  it('subscribes the work queue with raw delivery and a dead-letter queue', () => {
    const template = synthesize({ trigger: 'sns', topicArn: TOPIC_ARN, ...EXISTING });
    expect(resolvedProperties(template, 'AWS::SNS::Subscription')).toMatchObject({
      TopicArn: TOPIC_ARN,
      Protocol: 'sqs',
      Endpoint: '<WorkQueue.Arn>',
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: '<WorkDeadLetters.Arn>' },
    });
    expect(queueStatement({ trigger: 'sns', topicArn: TOPIC_ARN, ...EXISTING })).toMatchObject([
      {
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Condition: { ArnEquals: { 'aws:SourceArn': TOPIC_ARN } },
      },
    ]);
  });

  it('supports a topic in another account and region, and outputs the required policy statements', () => {
    const topicArn = 'arn:aws:sns:us-east-1:222222222222:trail';
    const template = synthesize({
      trigger: 'sns',
      topicArn,
      ...EXISTING,
      trailBucketAccount: '222222222222',
    });
    expect(JSON.stringify(template.findResources('AWS::SNS::Subscription'))).toContain('"us-east-1"');
    const { Outputs } = template.toJSON();
    const statement = JSON.parse(String(resolve(Outputs.TopicPolicyStatement.Value)));
    expect(statement).toMatchObject({
      Action: 'sns:Subscribe',
      Resource: topicArn,
      Principal: { AWS: '111122223333' },
    });
    const statements = JSON.parse(String(resolve(Outputs.BucketPolicyStatements.Value)));
    expect(statements.map(({ Action }: Json) => Action)).toEqual([
      ['s3:GetObject', 's3:GetObjectVersion'],
      's3:ListBucket',
    ]);
    expect(statements[0].Principal).toEqual({ AWS: '<DeliverRole.Arn>' });
    const withBackfill = synthesize({
      ...{ trigger: 'sns', topicArn, ...EXISTING, trailBucketAccount: '222222222222', backfill: true },
    }).toJSON().Outputs;
    for (const { Principal } of JSON.parse(String(resolve(withBackfill.BucketPolicyStatements.Value))))
      expect(Principal).toEqual({ AWS: ['<DeliverRole.Arn>', '<BackfillDeliverRole.Arn>'] });
  });

  it('changes no bucket', () => {
    const template = synthesize({ trigger: 'sns', topicArn: TOPIC_ARN, ...EXISTING });
    template.resourceCountIs('Custom::S3BucketNotifications', 0);
  });
});

describe('trigger eventbridge', () => {
  it.each<[PipelineSettings, string, object]>([
    [{}, 'test-trail-111122223333-eu-west-3', { prefix: 'AWSLogs/111122223333/CloudTrail' }],
    [
      { ...EXISTING, organizationId: ORGANIZATION },
      'example-trail-bucket',
      { wildcard: `AWSLogs/${ORGANIZATION}/*/CloudTrail*.json.gz` },
    ],
    [
      { ...EXISTING, organizationId: ORGANIZATION, kinds: ['insight'] },
      'example-trail-bucket',
      { wildcard: `AWSLogs/${ORGANIZATION}/*/CloudTrail-Insight/*.json.gz` },
    ],
    [
      { ...EXISTING, organizationId: ORGANIZATION, kinds: ['log', 'insight'], trailKeyPrefix: 'a\\b' },
      'example-trail-bucket',
      { wildcard: `a\\\\b/AWSLogs/${ORGANIZATION}/*/CloudTrail*.json.gz` },
    ],
  ])('matches only the log objects of trails: %j', (settings, bucket, matcher) => {
    const template = synthesize({ trigger: 'eventbridge', ...settings });
    const rule = resolvedProperties(template, 'AWS::Events::Rule');
    expect(rule.EventPattern).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [bucket] }, object: { key: [matcher] } },
    });
    expect(rule.Targets).toMatchObject([
      { Arn: '<WorkQueue.Arn>', DeadLetterConfig: { Arn: '<WorkDeadLetters.Arn>' } },
    ]);
  });

  it('turns on notifications for a new bucket and does not change an existing one', () => {
    const withNew = synthesize({ trigger: 'eventbridge' });
    expect(resolvedProperties(withNew, 'AWS::S3::Bucket', 'TrailLogs').NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    const withExisting = synthesize({ trigger: 'eventbridge', ...EXISTING });
    withExisting.resourceCountIs('Custom::S3BucketNotifications', 0);
  });
});

describe('the work queue', () => {
  it.each([
    [{}, 1800],
    [{ timeoutSeconds: 900 }, 5400],
  ])('hides a received message for six function timeouts: %j', (settings, VisibilityTimeout) => {
    expect(resolvedProperties(synthesize(settings), 'AWS::SQS::Queue', 'WorkQueue')).toEqual({
      SqsManagedSseEnabled: true,
      VisibilityTimeout,
      MessageRetentionPeriod: 604_800,
      RedrivePolicy: { deadLetterTargetArn: '<WorkDeadLetters.Arn>', maxReceiveCount: 5 },
    });
  });

  it("dead-letters to a queue with 14 days' retention", () => {
    expect(resolvedProperties(synthesize(), 'AWS::SQS::Queue', 'WorkDeadLetters')).toEqual({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
  });

  it.each(['WorkQueue', 'WorkDeadLetters'])('requires TLS: %s', (id) => {
    const { PolicyDocument } = resolvedProperties(synthesize(), 'AWS::SQS::QueuePolicy', id);
    expect(statementsOf(PolicyDocument)[0]).toMatchObject({
      Effect: 'Deny',
      Action: 'sqs:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  });

  it('invokes the function with batches, limited concurrency and partial batch responses', () => {
    expect(resolvedProperties(synthesize({ maxConcurrency: 7 }), 'AWS::Lambda::EventSourceMapping')).toEqual({
      FunctionName: '<DeliverFunction>',
      EventSourceArn: '<WorkQueue.Arn>',
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 7 },
    });
  });
});
