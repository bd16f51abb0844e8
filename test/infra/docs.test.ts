import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../infra/settings/read-settings.ts';
import { METRICS } from '../../lambda/contract.ts';
import { synthesize } from './synthesize.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const deploy = read('deploy.md');

describe('docs/deploy.md', () => {
  it('has a row for each setting and no other', () => {
    const [, table = ''] = /## Settings\n(.*?)\n## /s.exec(deploy) ?? [];
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('writes no setting that there is not', () => {
    for (const [, name = ''] of deploy.matchAll(/-c (\w+)=/g))
      if (name !== 'name') expect(SETTINGS).toHaveProperty(name);
  });

  it('counts what is billed by the month', () => {
    const alarms = Object.keys(synthesize().findResources('AWS::CloudWatch::Alarm')).length;
    const keys = Object.keys(synthesize().findResources('AWS::KMS::Key')).length;
    expect(deploy).toContain(`${Object.keys(METRICS).length} metrics at $0.30`);
    expect(deploy).toContain(`${alarms} alarms at $0.10`);
    expect(keys).toBe(1);
  });

  it('names every output that it leans on', () => {
    const sources = readFileSync(new URL('../../infra/outputs.ts', import.meta.url), 'utf8');
    for (const text of [deploy, read('runbook.md'), read('queries.md')])
      for (const [, name] of text.matchAll(/output `(\w+)`/g)) expect(sources).toContain(`'${name}'`);
  });
});
