import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { combinations, OPTIONS } from './combinations.ts';
import { newApp } from './synthesize.ts';

interface Report {
  pluginReports: {
    pluginName: string;
    conclusion: string;
    violations: { ruleName: string; description: string; violatingConstructs: { constructPath: string }[] }[];
  }[];
}

/** Runs CDK's own rules and cdk-nag like `npx cdk synth --strict`, for all combinations in one app. */
describe('every combination of trigger, trail and destination, and every option', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'combinations-'));
  const app = newApp({ outdir });
  const stacks = combinations().map(
    ([name, settings]) => new CloudTrailFirehoseStack(app, name, { settings, stackName: name }),
  );
  for (const [name, settings] of Object.entries(OPTIONS))
    new CloudTrailFirehoseStack(app, `Option${name}`, { settings, stackName: `Option${name}` });
  const exitCode = process.exitCode;

  beforeAll(() => {
    delete process.env.CDK_VALIDATION;
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  }, 120_000);
  afterAll(() => {
    process.env.CDK_VALIDATION = 'false';
    process.exitCode = exitCode;
    rmSync(outdir, { recursive: true });
  });

  it('makes sixty stacks', () => {
    expect(stacks).toHaveLength(4 * 5 * 3);
  });

  it('synthesizes without findings of the CloudFormation rules or cdk-nag', () => {
    const report: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
    const findings = report.pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName, description, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}: ${description}`),
      ),
    );
    // Info annotations are not findings. One lists the changes to an existing bucket.
    expect(findings.filter((finding) => !finding.includes('info-annotation'))).toEqual([]);
    expect(report.pluginReports.map(({ conclusion }) => conclusion)).not.toContain('failure');
  });

  it('uses a rule pack that detects a queue without enforced TLS', () => {
    const open = new Stack(newApp(), 'Open');
    new Queue(open, 'Queue');
    const rules = new AwsSolutionsChecks().validateScope(open).violations.map(({ ruleName }) => ruleName);
    expect(rules).toContain('AwsSolutions-SQS4');
  });

  it('acknowledges only these rules in the default stack', () => {
    const [first] = stacks;
    const wildcard = 'Annotation::AwsSolutions-IAM5[Resource::';
    const trail = 'arn:<AWS::Partition>:s3:::queue-new-s3-trail-<AWS::AccountId>-<AWS::Region>';
    const acknowledged = (first?.node.findAll() ?? []).flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.keys(data)),
    );
    expect(acknowledged.map((id) => id.replace(/<(\w+Bucket)\w+\.Arn>/, '<$1>')).sort()).toEqual([
      `${wildcard}<ClaimsBucket>/claims/*]`,
      `${wildcard}<EventsBucket>/errors/*]`,
      `${wildcard}<EventsBucket>/events/*]`,
      `${wildcard}<EventsBucket>/receipt-errors/*]`,
      `${wildcard}<EventsBucket>/receipts/*]`,
      `${wildcard}${trail}/AWSLogs/<AWS::AccountId>/CloudTrail*]`,
      'Annotation::AwsSolutions-S1',
      // Of each stream.
      'CloudFormation-Validate::W7001',
      'CloudFormation-Validate::W7001',
    ]);
  });

  it('has no circular dependency in any template', () => {
    for (const stack of stacks) Template.fromStack(stack);
  });

  it('writes no warnings, which would fail with --strict', () => {
    const messages = app.synth().stacks.flatMap(({ messages }) => messages);
    expect(messages.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('sets the packing of each destination', () => {
    const packings = stacks.map((stack) => {
      const [lambda] = Object.values(
        Template.fromStack(stack).findResources('AWS::Lambda::Function', {
          Properties: { Runtime: 'nodejs24.x' },
        }),
      );
      return `${stack.stackName.split('-')[2]} ${lambda?.Properties.Environment.Variables.PACKING}`;
    });
    expect([...new Set(packings)].sort()).toEqual(['Http single', 'S3 gzip', 'Stream lines']);
  });
});
