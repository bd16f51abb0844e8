import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../infra/settings/read-settings.ts';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { DESTINATIONS } from './combinations.ts';
import { newApp, propertiesOf, resolve, synthesize } from './synthesize.ts';
import { compareTemplates, resourcesOf } from './template-changes.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const upgrade = read('docs/upgrade.md');
const deploy = read('docs/deploy.md');

/** A row of "Change a setting", with an example and the types without `AWS::`, alarms and the function aside. */
interface Row {
  readonly change: string;
  readonly before: PipelineSettings;
  readonly after: PipelineSettings;
  readonly created: string[];
  readonly kept: string[];
  readonly deleted: string[];
}

const STREAM = ['IAM::Role', 'KinesisFirehose::DeliveryStream', 'Logs::LogGroup', 'Logs::LogStream'];
const TABLES = ['Athena::WorkGroup', 'Glue::Database', 'Glue::Table', 'Glue::Table'];
const BUCKET = ['S3::Bucket', 'S3::BucketPolicy'];

const LOCKED: PipelineSettings = { trailObjectLock: 'governance', trailObjectLockDays: 30 };

const ROWS: Row[] = [
  {
    change: '`streams` higher',
    before: {},
    after: { streams: 2 },
    created: ['KinesisFirehose::DeliveryStream', 'Logs::LogStream'],
    kept: [],
    deleted: [],
  },
  {
    change: '`streams` lower',
    before: { streams: 2 },
    after: {},
    created: [],
    kept: ['KinesisFirehose::DeliveryStream', 'Logs::LogStream'],
    deleted: [],
  },
  {
    change: '`packing` or `destination`',
    before: {},
    after: { packing: 'lines' },
    created: STREAM,
    kept: STREAM,
    deleted: [],
  },
  {
    change: '`destination` from `s3`',
    before: {},
    after: DESTINATIONS.Stream,
    created: [],
    kept: STREAM,
    deleted: TABLES,
  },
  {
    change: '`backfill=false`',
    before: { backfill: true },
    after: {},
    created: [],
    kept: [...STREAM, 'Logs::LogGroup', ...Array(2).fill('SQS::Queue'), ...Array(2).fill('SQS::QueuePolicy')],
    deleted: ['IAM::Role', 'Lambda::EventSourceMapping', 'Lambda::Function', 'Logs::QueryDefinition'],
  },
  {
    change: '`trailBucketName` instead of a new trail',
    before: { encryptTrail: true },
    after: { trailBucketName: 'example-trail-bucket' },
    created: ['Custom::S3BucketNotifications', 'IAM::Role', 'Lambda::Function', 'Logs::LogGroup'],
    kept: ['KMS::Key', ...BUCKET],
    deleted: ['CloudTrail::Trail'],
  },
  {
    change: '`eventsBucketName` instead of a new bucket',
    before: {},
    after: { eventsBucketName: 'their-events' },
    created: [],
    kept: BUCKET,
    deleted: [],
  },
  {
    change: '`encryptTrail` off',
    before: { encryptTrail: true },
    after: {},
    created: [],
    kept: ['KMS::Key'],
    deleted: [],
  },
  { change: '`athena` off', before: {}, after: { athena: false }, created: [], kept: [], deleted: TABLES },
  {
    change: '`receipts` off',
    before: {},
    after: { receipts: false },
    created: [],
    kept: STREAM,
    deleted: ['Glue::Table'],
  },
  {
    change: '`trigger`',
    before: { trigger: 'direct' },
    after: { trigger: 'eventbridge' },
    created: ['Events::Rule'],
    kept: [],
    deleted: ['Lambda::EventInvokeConfig', 'Lambda::Permission'],
  },
];

describe('docs/upgrade.md', () => {
  it.each(ROWS)('explains what becomes of resources: $change', ({ change, before, after, ...expected }) => {
    const [old, fresh] = [synthesize(before), synthesize(after)];
    const { created, kept, deleted, replacedAndDeleted } = compareTemplates(old, fresh);
    const types = { ...resourcesOf(old), ...resourcesOf(fresh) };
    const typesOf = (ids: string[]) =>
      ids
        .map((id) => types[id]?.Type.replace('AWS::', '') ?? '')
        .filter((type) => type !== 'CloudWatch::Alarm')
        .sort();
    expect(upgrade).toContain(`| ${change} |`);
    expect({ created: typesOf(created), kept: typesOf(kept), deleted: typesOf(deleted) }).toEqual({
      created: expected.created.sort(),
      kept: expected.kept.sort(),
      deleted: expected.deleted.sort(),
    });
    expect(replacedAndDeleted).toEqual([]);
  });

  it.each<[PipelineSettings, PipelineSettings]>([
    [{}, LOCKED],
    [LOCKED, {}],
  ])('warns of the only setting that would replace a bucket with a fixed name: %j → %j', (before, after) => {
    const fresh = synthesize(after);
    const { replacedAndKept } = compareTemplates(synthesize(before), fresh);
    expect(replacedAndKept).toEqual(['TrailLogsBucket6BA0A629']);
    expect(resourcesOf(fresh).TrailLogsBucket6BA0A629?.Properties).toHaveProperty('BucketName');
    expect(upgrade).toContain('`trailObjectLock` cannot be turned on or off later');
  });

  it('has a row for each change that this test makes, and no others', () => {
    const [, table = ''] = /## Change a setting\n(.*?)\n## /s.exec(upgrade) ?? [];
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.map((row) => row.split(' | ')[0]?.slice(2))).toEqual(ROWS.map(({ change }) => change));
  });

  it('has a section for each version after the first', () => {
    const [, ...versions] = [...read('CHANGELOG.md').matchAll(/^(?:## |In preparation as )(\d+\.\d+\.\d+)/gm)]
      .map(([, version = '']) => version)
      .reverse();
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) expect(upgrade).toMatch(new RegExp(`^## From .* to ${version}$`, 'm'));
  });

  it('uses only existing settings in its commands', () => {
    for (const [, name = ''] of upgrade.matchAll(/-c (\w+)=/g)) expect(SETTINGS).toHaveProperty(name);
  });

  it('deletes the policy of a kept role by its name', () => {
    const { Policies } = propertiesOf(synthesize(), 'AWS::IAM::Role', 'StreamRole') as {
      Policies: { PolicyName: string }[];
    };
    expect(Policies.map(({ PolicyName }) => PolicyName)).toEqual(
      [...upgrade.matchAll(/--policy-name (\w+)/g)].map(([, name]) => name),
    );
  });
});

describe('docs/deploy.md, "After a failed first deploy"', () => {
  const [, section = ''] = /## After a failed first deploy\n(.*)$/s.exec(deploy) ?? [];
  const template = Template.fromStack(new CloudTrailFirehoseStack(newApp(), 'CloudTrailFirehose'));

  it('has the policy of the trail bucket', () => {
    const [, json = ''] = /```json\n(.*?)```/s.exec(section) ?? [];
    const { PolicyDocument } = propertiesOf(template, 'AWS::S3::BucketPolicy', 'TrailLogs');
    const bucketArn = 'arn:aws:s3:::cloudtrailfirehose-trail-111122223333-eu-west-3';
    expect(JSON.parse(json)).toEqual(resolve(PolicyDocument, { 'TrailLogsBucket.Arn': bucketArn }));
  });

  it('names the bucket and the trail of the default stack', () => {
    const { BucketName } = propertiesOf(template, 'AWS::S3::Bucket', 'TrailLogs');
    expect(section).toContain(`\nbucket=${resolve(BucketName)}\n`);
    const { TrailName } = propertiesOf(template, 'AWS::CloudTrail::Trail');
    expect(section).toContain(`aws cloudtrail create-trail --name ${TrailName} `);
    expect(section).toContain(`aws cloudtrail start-logging --name ${TrailName}\n`);
  });
});
