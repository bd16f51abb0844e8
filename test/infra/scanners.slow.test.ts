import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { DESTINATIONS, OPTIONS, ORGANIZATION, TOPIC_ARN, TRAILS } from './combinations.ts';
import { type Row, rowsOf } from './security-page.ts';
import { synthesize } from './synthesize.ts';

/** Folder with the programs cfn-lint and checkov, as docs/security.md installs them. They need Python. */
const scanners = process.env.SCANNERS;

const STACKS: Record<string, PipelineSettings> = {
  Default: {},
  Direct: { trigger: 'direct' },
  Sns: { trigger: 'sns' },
  EventBridge: { trigger: 'eventbridge' },
  ...DESTINATIONS,
  Organization: { organizationId: ORGANIZATION, encryptTrail: true, insights: true },
  Existing: TRAILS.Old,
  ExistingDirect: { ...TRAILS.Old, trigger: 'direct' },
  ExistingSns: { ...TRAILS.Old, trigger: 'sns', topicArn: TOPIC_ARN },
  ExistingEventBridge: { ...TRAILS.Old, trigger: 'eventbridge' },
  ...OPTIONS,
};

interface LintFinding {
  Rule: { Id: string };
  Location: { Path: string[] };
}

interface CheckovReport {
  results: { failed_checks: { check_id: string; resource: string }[] };
}

/** Compares in both directions: no finding without an answer, no answer without a finding. */
describe.skipIf(!scanners)('the findings of docs/security.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scanners-'));

  beforeAll(() => {
    for (const [name, settings] of Object.entries(STACKS))
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(synthesize(settings).toJSON(), null, 1));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (program: string, args: string[]): unknown => {
    const { stdout, stderr, error } = spawnSync(join(scanners ?? '', program), args, {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (error || stdout === '') throw new Error(`${program}: ${error?.message ?? stderr}`);
    return JSON.parse(stdout);
  };
  const text = ({ rule, resource }: Row) => `${rule} ${resource}`;
  const setOf = (rows: Row[]) => new Set(rows.map(text));

  it('are those of cfn-lint', () => {
    const files = Object.keys(STACKS).map((name) => join(folder, `${name}.json`));
    const findings = run('cfn-lint', ['--format', 'json', '--template', ...files]) as LintFinding[];
    const rows = findings.map(({ Rule, Location }) => ({
      rule: Rule.Id,
      resource: withoutHash(Location.Path[1] ?? ''),
    }));
    expect(setOf(rows)).toEqual(setOf(rowsOf('cfn-lint')));
  });

  it('are those of checkov', () => {
    const found = run('checkov', [
      '--framework',
      'cloudformation',
      '--compact',
      '--output',
      'json',
      '--directory',
      folder,
    ]);
    const rows = ([found].flat() as CheckovReport[]).flatMap(({ results }) =>
      results.failed_checks.map(({ check_id, resource }) => ({
        rule: check_id,
        resource: withoutHash(resource.split('.')[1] ?? ''),
      })),
    );
    expect(setOf(rows)).toEqual(setOf(rowsOf('checkov')));
  });
});

/** CDK ends a logical ID with eight characters, that of its bucket handler with forty. */
function withoutHash(id: string): string {
  return id.replace(/(?:050a0587b7544547bf325f094a3db834\w{8}|[0-9A-F]{8})$/, '');
}
