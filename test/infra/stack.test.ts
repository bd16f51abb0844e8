import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { newApp, synthesize } from './synthesize.ts';

describe('the default stack', () => {
  it('consists of exactly these resources', () => {
    const { Resources } = synthesize().toJSON();
    const counts: Record<string, number> = {};
    for (const { Type } of Object.values<{ Type: string }>(Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
    expect(counts).toEqual({
      'AWS::S3::Bucket': 4,
      'AWS::S3::BucketPolicy': 4,
      'AWS::CloudTrail::Trail': 1,
      'AWS::SQS::Queue': 2,
      'AWS::SQS::QueuePolicy': 2,
      'AWS::Lambda::EventSourceMapping': 1,
      'AWS::Lambda::Function': 1,
      'AWS::IAM::Role': 3,
      'AWS::KinesisFirehose::DeliveryStream': 2,
      'AWS::Logs::LogGroup': 3,
      'AWS::Logs::LogStream': 2,
      'AWS::Logs::QueryDefinition': 4,
      'AWS::Glue::Database': 1,
      'AWS::Glue::Table': 2,
      'AWS::Athena::WorkGroup': 1,
      'AWS::KMS::Key': 1,
      'AWS::SNS::Topic': 1,
      'AWS::SNS::TopicPolicy': 1,
      'AWS::CloudWatch::Alarm': 15,
      'AWS::CloudWatch::Dashboard': 1,
    });
  });

  it('has an output for each resource that an operator needs', () => {
    const outputs = Object.keys(synthesize().toJSON().Outputs);
    expect(outputs.sort()).toEqual([
      'AlarmTopicArn',
      'AthenaTable',
      'AthenaWorkGroup',
      'DashboardUrl',
      'DeadLetterQueueArn',
      'DeadLetterQueueUrl',
      'DeliveryStream',
      'EventBucket',
      'FunctionLogGroup',
      'FunctionName',
      'ReceiptLocation',
      'ReceiptStream',
      'StreamLogGroup',
      'TrailArn',
      'TrailBucket',
      'Version',
      'WorkQueueArn',
      'WorkQueueUrl',
    ]);
  });
});

describe('the version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

  it('is an output and a tag of the stack, next to tags of the app', () => {
    const app = newApp();
    const stack = new CloudTrailFirehoseStack(app, 'Test', { tags: { team: 'security' } });
    expect(synthesize().toJSON().Outputs.Version.Value).toBe(version);
    expect(app.synth().getStackArtifact(stack.artifactId).tags).toEqual({
      'cloudtrail-firehose:version': version,
      team: 'security',
    });
  });
});
