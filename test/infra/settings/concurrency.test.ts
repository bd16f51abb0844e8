import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { concurrencyOf, hasDefaultQuota, invocationsPerStream } from '../../../infra/settings/concurrency.ts';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../../infra/stack.ts';
import { ENV } from '../../../lambda/contract.ts';
import { newApp, propertiesOf, synthesize } from '../synthesize.ts';

const MIB = 1024 ** 2;

describe('the number of concurrent invocations', () => {
  it.each<[PipelineSettings, number, number]>([
    [{}, 3, 3],
    [{ memoryMiB: 512 }, 5, 5],
    [{ memoryMiB: 3072 }, 2, 2],
    [{ packing: 'lines' }, 2, 2],
    [{ destination: 'http' }, 2, 2],
    [{ streams: 2 }, 5, 3],
    [{ streams: 32 }, 80, 3],
    [{ streams: 32, packing: 'lines' }, 16, 1],
    [{ maxConcurrency: 10 }, 10, 10],
    [{ maxConcurrency: 10, streams: 4 }, 10, 3],
  ])('follows from packing, memory and streams: %j', (settings, expected, perStream) => {
    expect(concurrencyOf(settings)).toBe(expected);
    expect(invocationsPerStream(settings)).toBe(perStream);
  });

  it('is at most what SQS allows', () => {
    expect(concurrencyOf({ streams: 32, memoryMiB: 512, packing: 'gzip' })).toBe(160);
    expect(concurrencyOf({ streams: 1_000 })).toBe(1_000);
  });

  it('is that of the event source mapping', () => {
    const { ScalingConfig } = propertiesOf(synthesize({ streams: 2 }), 'AWS::Lambda::EventSourceMapping');
    expect(ScalingConfig).toEqual({ MaximumConcurrency: 5 });
  });
});

describe('the pace of an invocation', () => {
  const paceOf = (settings: PipelineSettings, region?: string) => {
    const env = region === undefined ? undefined : { account: '111122223333', region };
    const stack = new CloudTrailFirehoseStack(newApp(), 'Test', { settings, env });
    const { Environment } = propertiesOf(
      Template.fromStack(stack),
      'AWS::Lambda::Function',
      'DeliverFunction',
    );
    return (Environment as { Variables: Record<string, unknown> }).Variables[ENV.maxBytesPerSecond];
  };

  it.each([
    ['us-east-1', 5],
    ['us-west-2', 5],
    ['eu-west-1', 5],
    ['eu-west-3', 1],
    ['cn-north-1', 1],
    ['xx-new-1', 1],
  ])('is a third of the default quota of %s', (region, quotaMiB) => {
    expect(paceOf({}, region)).toBe(`${Math.floor((quotaMiB * MIB) / 3)}`);
  });

  it('is chosen by CloudFormation if the region is unknown', () => {
    expect(paceOf({})).toEqual({
      'Fn::If': ['HasLargeStreamQuota', `${Math.floor((5 * MIB) / 3)}`, `${Math.floor(MIB / 3)}`],
    });
    expect(synthesize({ backfill: true }).toJSON().Conditions.HasLargeStreamQuota).toEqual({
      'Fn::Or': ['us-east-1', 'us-west-2', 'eu-west-1'].map((region) => ({
        'Fn::Equals': [{ Ref: 'AWS::Region' }, region],
      })),
    });
  });

  it.each<[PipelineSettings, string | undefined]>([
    [{ streamBytesPerSecond: 20 * MIB }, `${Math.floor((20 * MIB) / 3)}`],
    [{ streamBytesPerSecond: 20 * MIB, maxConcurrency: 12 }, `${Math.floor((20 * MIB) / 12)}`],
    [{ streamBytesPerSecond: 131_072, maxConcurrency: 12 }, '65536'],
    [{ maxConcurrency: 10 }, undefined],
    [{ trigger: 'direct', trailBucketName: 'example-trail-bucket' }, undefined],
    [{ destination: 'stream', deliveryStreamName: 'theirs' }, undefined],
    [{ destination: 'stream', deliveryStreamName: 'theirs', streamBytesPerSecond: 2 * MIB }, `${MIB}`],
  ])('is the share of streamBytesPerSecond, and none if the quota is unknown: %j', (settings, expected) => {
    expect(paceOf(settings, 'eu-west-3')).toBe(expected);
  });

  it.each<PipelineSettings>([
    {},
    { streams: 8 },
    {
      destination: 'http',
      httpEndpointUrl: 'https://a.test',
      httpSecretArn: 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:a-AbCdEf',
    },
  ])('keeps the invocations of a stream below its quota: %j', (settings) => {
    expect(hasDefaultQuota(settings)).toBe(true);
    const pace = Number(paceOf(settings, 'eu-west-3'));
    expect(pace).toBeGreaterThan(0);
    expect(pace * invocationsPerStream(settings)).toBeLessThanOrEqual(MIB);
  });
});
