import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../infra/settings/read-settings.ts';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { METRICS } from '../../lambda/contract.ts';
import { KEY_ARN, ORGANIZATION, TOPIC_ARN, TRAILS } from './combinations.ts';
import { synthesize } from './synthesize.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const deploy = read('deploy.md');

describe('docs/deploy.md', () => {
  it('has a row for each setting and no others', () => {
    const [, table = ''] = /## Settings\n(.*?)\n## /s.exec(deploy) ?? [];
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('uses only existing settings in its commands', () => {
    for (const [, name = ''] of deploy.matchAll(/-c (\w+)=/g))
      if (name !== 'name') expect(SETTINGS).toHaveProperty(name);
  });

  it('states the number of metrics and alarms that are billed monthly', () => {
    const alarms = Object.keys(synthesize().findResources('AWS::CloudWatch::Alarm')).length;
    const keys = Object.keys(synthesize().findResources('AWS::KMS::Key')).length;
    expect(deploy).toContain(`${Object.keys(METRICS).length} metrics at $0.30`);
    expect(deploy).toContain(`${alarms} alarms at $0.10`);
    expect(keys).toBe(1);
  });

  it('refers only to existing outputs, like the runbook and the queries', () => {
    const outputs = Object.keys(
      Object.assign({}, ...OUTPUT_SETTINGS.map((settings) => synthesize(settings).toJSON().Outputs)),
    );
    for (const text of [deploy, read('runbook.md'), read('queries.md'), read('upgrade.md')])
      for (const [, named, bracketed] of text.matchAll(/outputs? `(\w+)`|<([A-Z]\w+)>/g))
        expect(outputs).toContain(named ?? bracketed);
  });
});

/** Settings that have all outputs together. */
const OUTPUT_SETTINGS: PipelineSettings[] = [
  { kmsKeyArn: KEY_ARN, backfill: true },
  { ...TRAILS.OldOrgKey, trigger: 'sns', topicArn: TOPIC_ARN, trailBucketAccount: '222222222222' },
  { organizationId: ORGANIZATION, managementAccount: '999999999999' },
];
