import { describe, expect, it } from 'vitest';
import { type PipelineSettings, SettingsError } from '../../../infra/settings/settings.ts';
import { ENV } from '../../../lambda/contract.ts';
import { DESTINATIONS, KEY_ARN } from '../combinations.ts';
import { propertiesOf, roleStatements, synthesize } from '../synthesize.ts';
import { resourcesOf } from '../template-changes.ts';

const count = (settings: PipelineSettings, type: string) =>
  Object.keys(synthesize(settings).findResources(type)).length;
const STREAM = 'AWS::KinesisFirehose::DeliveryStream';

/** Returns the logical IDs that a value refers to, in order. */
function referencesIn(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, id = '']) => id);
}

describe.each([
  ['S3', {}],
  ['S3 with a key', { kmsKeyArn: KEY_ARN }],
  ['HTTP', DESTINATIONS.Http],
] satisfies [string, PipelineSettings][])('several streams to %s', (_name, settings) => {
  const several = { ...settings, streams: 3, receipts: false };
  const one = { ...settings, receipts: false };

  it('have equal properties, and share one role and one error log', () => {
    expect(count(several, STREAM)).toBe(3);
    for (const type of ['AWS::IAM::Role', 'AWS::Logs::LogGroup'])
      expect(count(several, type)).toBe(count(one, type));
    const resources = Object.entries(resourcesOf(synthesize(several)));
    const logStreams = resources.flatMap(([id, { Type }]) => (Type === 'AWS::Logs::LogStream' ? [id] : []));
    const all = resources
      .filter(([, { Type }]) => Type === STREAM)
      .map(([, { Properties }]) =>
        logStreams.reduce((text, id) => text.replaceAll(id, 'LOG'), JSON.stringify(Properties)),
      );
    expect(new Set(all).size).toBe(1);
  });

  it('are all in the environment and in the policy of the function, and no other is', () => {
    const template = synthesize(several);
    const ids = Object.keys(template.findResources(STREAM)).sort();
    const [deliver] = Object.values(template.findResources('AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties.Environment?.Variables[ENV.deliveryStreamName],
    );
    const names = deliver?.Properties.Environment.Variables[ENV.deliveryStreamName];
    expect(referencesIn(names).sort()).toEqual(ids);
    const put = roleStatements(template, 'DeliverRole').find(({ Sid }) => Sid === 'PutEvents');
    expect(put?.Action).toBe('firehose:PutRecordBatch');
    expect([put?.Resource].flat()).toHaveLength(3);
    expect(template.toJSON().Outputs.DeliveryStream.Value).toEqual(names);
  });

  it('only add resources if there were fewer, and keep them if there are fewer again', () => {
    const [before, after] = [synthesize(one), synthesize(several)];
    const ids = (template: typeof before) => Object.keys(resourcesOf(template));
    expect(ids(after)).toEqual(expect.arrayContaining(ids(before)));
    for (const [id, { Type, DeletionPolicy }] of Object.entries(resourcesOf(after)))
      if (!ids(before).includes(id)) expect([Type, DeletionPolicy]).toEqual([Type, 'Retain']);
  });

  it('leave the template unchanged if there is one', () => {
    expect(synthesize({ ...settings, streams: 1 }).toJSON()).toEqual(synthesize(settings).toJSON());
  });
});

describe('existing streams', () => {
  it('are named with commas', () => {
    const template = synthesize({ destination: 'stream', deliveryStreamName: 'a,b', receipts: false });
    template.resourceCountIs(STREAM, 0);
    expect(propertiesOf(template, 'AWS::Lambda::Function', 'Deliver').Environment).toMatchObject({
      Variables: { [ENV.deliveryStreamName]: 'a,b' },
    });
    const put = roleStatements(template, 'DeliverRole').find(({ Sid }) => Sid === 'PutEvents');
    expect(JSON.stringify(put?.Resource)).toMatch(/deliverystream\/a.*deliverystream\/b/);
  });

  const names = (length: number) => Array.from({ length }, (_, i) => `stream-${i}`).join();

  it.each<[PipelineSettings, string]>([
    [{ deliveryStreamName: 'a,b,a' }, 'deliveryStreamName must name each stream once (got a,b,a).'],
    [{ deliveryStreamName: 'a,' }, 'deliveryStreamName must be a stream name, not an ARN, or up to 32 names'],
    [{ deliveryStreamName: names(33) }, 'deliveryStreamName must be a stream name, not an ARN, or up to 32'],
    [
      { deliveryStreamName: 'a', streams: 2 },
      'streams requires destination=s3 or destination=http (got stream). List the streams in deliveryStreamName',
    ],
  ])('are refused: %j', (settings, message) => {
    const refused = () => synthesize({ destination: 'stream', ...settings });
    expect(refused).toThrow(SettingsError);
    expect(refused).toThrow(message);
  });

  it('may be 32', () => {
    expect(() => synthesize({ destination: 'stream', deliveryStreamName: names(32) })).not.toThrow();
  });
});

it.each([0, 33])('%i streams are refused', (streams) => {
  expect(() => synthesize({ streams })).toThrow(`streams must be an integer from 1 to 32 (got ${streams}).`);
});

describe('the alarms of 32 streams', () => {
  it('cover each metric of each stream, ten to an alarm', () => {
    const template = synthesize({ streams: 32 });
    const streams = Object.keys(template.findResources(STREAM)).filter((id) => !/Receipts/.test(id));
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).filter(({ Properties }) =>
      /-Firehose/.test(JSON.stringify(Properties.AlarmName)),
    );
    expect(alarms).toHaveLength(12);
    const watched = alarms.flatMap(({ Properties: { Metrics } }) => {
      const expressions = Metrics.filter(({ Expression }: { Expression?: string }) => Expression);
      expect(Metrics.length - expressions.length).toBeLessThanOrEqual(10);
      return Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: object } }) =>
        MetricStat ? [MetricStat.Metric] : [],
      ).map(({ MetricName, Dimensions }: { MetricName: string; Dimensions: [{ Value: { Ref: string } }] }) =>
        [MetricName, Dimensions[0].Value.Ref].join(' '),
      );
    });
    const expected = ['ThrottledRecords', 'DeliveryToS3.Success', 'DeliveryToS3.DataFreshness'].flatMap(
      (name) => streams.map((id) => `${name} ${id}`),
    );
    expect(watched.sort()).toEqual(expected.sort());
  });

  it('treat a stream without data as healthy', () => {
    const text = JSON.stringify(synthesize({ streams: 2 }).findResources('AWS::CloudWatch::Alarm'));
    expect(text).toContain('MAX([FILL(throttledRecords1,0),FILL(throttledRecords2,0)])');
    expect(text).toContain('MIN([FILL(deliveryToS3Success1,1),FILL(deliveryToS3Success2,1)])');
  });

  it.each([
    [1, { FirehoseThrottled: [3, undefined], FirehoseDeliveryFailed: [1, undefined] }],
    [2, { FirehoseThrottled: [4, 3], FirehoseDeliveryFailed: [2, 1], FirehoseDeliveryLag: [2, 1] }],
  ])('see late data of %i streams', (streams, expected) => {
    const alarms = Object.values(synthesize({ streams }).findResources('AWS::CloudWatch::Alarm'));
    for (const [heading, periods] of Object.entries(expected)) {
      const of = alarms.filter(({ Properties }) => JSON.stringify(Properties.AlarmName).includes(heading));
      expect(
        of.map(({ Properties: { EvaluationPeriods, DatapointsToAlarm } }) => [
          EvaluationPeriods,
          DatapointsToAlarm,
        ]),
      ).toEqual([periods]);
    }
  });
});
