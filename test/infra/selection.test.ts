import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkSettings } from '../../infra/settings/check-settings.ts';
import { type PipelineSettings, SettingsError } from '../../infra/settings/settings.ts';
import { METRIC_NAMESPACE } from '../../lambda/contract.ts';
import { KEY_ARN } from './combinations.ts';
import { REDACT_KEY_ARN } from './deployed-locally.ts';
import { type Json, resolve, resolvedProperties, roleStatements, synthesize } from './synthesize.ts';

const folder = mkdtempSync(join(tmpdir(), 'selection-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const on = (eventName: string) => [
  { field: 'eventSource', equals: 'kms.amazonaws.com' },
  { field: 'eventName', equals: eventName },
];
const rulesFile = write('rules.json', {
  version: 1,
  rules: [
    { name: 'decrypt', action: 'drop', match: on('Decrypt') },
    { name: 'sign', action: 'keep', match: on('Sign') },
    { name: 'verify', action: 'drop', match: on('Verify') },
  ],
});
const redactFile = write('paths.json', { version: 1, paths: ['**.apiKey'] });

function problemsOf(settings: PipelineSettings): string[] {
  try {
    checkSettings(settings, 'Test');
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return String((error as SettingsError).message).split('\n');
  }
  return [];
}

function environmentOf(settings: PipelineSettings): Record<string, string> {
  const { Environment } = resolvedProperties(
    synthesize(settings),
    'AWS::Lambda::Function',
    'DeliverFunction',
  );
  return (Environment as { Variables: Record<string, string> }).Variables;
}

describe('rulesFile and redact', () => {
  it('give the function the names of the deployed files', () => {
    expect(environmentOf({ rulesFile, redact: redactFile })).toMatchObject({
      RULES_FILE: 'rules.json',
      REDACT: 'redact.json',
    });
    expect(environmentOf({ redact: 'default', redactKeySecretArn: REDACT_KEY_ARN })).toMatchObject({
      REDACT: 'default',
      REDACT_KEY_SECRET_ARN: REDACT_KEY_ARN,
    });
    for (const name of ['RULES_FILE', 'REDACT', 'REDACT_KEY_SECRET_ARN'])
      expect(environmentOf({})).not.toHaveProperty(name);
  });

  const missing = join(folder, 'missing.json');
  const invalid = write('invalid.json', '{');
  const broad = write('broad.json', {
    version: 1,
    rules: [
      { name: 'by-agent', action: 'drop', match: [{ field: 'userAgent', glob: 'x*' }] },
      { name: 'other', action: 'no', match: on('Sign') },
    ],
  });
  it.each<[PipelineSettings, string]>([
    [
      { rulesFile: missing },
      `rulesFile=${missing} cannot be read (ENOENT). Name a file relative to the folder that you deploy from.`,
    ],
    [{ rulesFile: 'default' }, 'rulesFile=default cannot be read (ENOENT).'],
    [{ rulesFile: invalid }, `rulesFile=${invalid}: must be a JSON object with "version": 1`],
    [
      { rulesFile: broad },
      `rulesFile=${broad}: rule by-agent: drops records without naming both eventSource and eventName`,
    ],
    [{ rulesFile: broad }, `rulesFile=${broad}: rule other: "action" must be "drop" or "keep"`],
    [{ redact: missing }, `redact=${missing} cannot be read (ENOENT).`],
    [
      { redact: rulesFile },
      `redact=${rulesFile}: "rules" is unknown. Write only version, defaults, paths, pseudonyms`,
    ],
    [
      { redact: 'default', redactKeySecretArn: 'redact-key' },
      'redactKeySecretArn must be the full ARN of a secret, including the six characters at its end (got "redact-key").',
    ],
    [
      { redact: 'default', redactKeySecretArn: REDACT_KEY_ARN.replace('redact', '*') },
      'redactKeySecretArn must be the full ARN of a secret',
    ],
    [
      { redactKeySecretArn: REDACT_KEY_ARN },
      'redactKeySecretArn requires redact (not set). Set redact=default or remove redactKeySecretArn.',
    ],
    [
      { maxDropShare: 30 },
      'maxDropShare requires rulesFile or excludeEvents (not set). Set one of them or remove maxDropShare.',
    ],
    [{ rulesFile, maxDropShare: 0 }, 'maxDropShare must be an integer from 1 to 99 (got 0).'],
    [{ rulesFile, maxDropShare: 100 }, 'maxDropShare must be an integer from 1 to 99 (got 100).'],
  ])('stop the synth by name: %j', (settings, problem) => {
    expect(problemsOf(settings).filter((line) => line.startsWith(problem))).toHaveLength(1);
  });

  it.each<PipelineSettings>([
    { rulesFile, redact: redactFile, redactKeySecretArn: REDACT_KEY_ARN, maxDropShare: 1 },
    { excludeEvents: ['kms.amazonaws.com:Decrypt'], maxDropShare: 99 },
    { redact: 'default' },
  ])('may be combined: %j', (settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });
});

describe('the secret with the key', () => {
  const WITH_KEY: PipelineSettings = { redact: 'default', redactKeySecretArn: REDACT_KEY_ARN };
  const ofSecret = (settings: PipelineSettings) =>
    roleStatements(synthesize(settings), 'DeliverRole').filter(({ Sid }) => /RedactKey$/.test(Sid ?? ''));

  it('can be read by the function, and no other secret', () => {
    expect(ofSecret(WITH_KEY)).toEqual([
      {
        Sid: 'ReadRedactKey',
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: REDACT_KEY_ARN,
      },
    ]);
    expect(ofSecret({ redact: 'default' })).toEqual([]);
  });

  it('can be decrypted with the customer key, only through Secrets Manager and for this secret', () => {
    expect(ofSecret({ ...WITH_KEY, kmsKeyArn: KEY_ARN })[1]).toEqual({
      Sid: 'DecryptRedactKey',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: KEY_ARN,
      Condition: {
        StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-3.amazonaws.com' },
        StringLike: { 'kms:EncryptionContext:SecretARN': [REDACT_KEY_ARN] },
      },
    });
    const statementsFor = (settings: PipelineSettings) => {
      const { Outputs } = synthesize(settings).toJSON() as { Outputs: Record<string, Json> };
      return String(resolve(Outputs.KmsKeyPolicyStatements?.Value));
    };
    expect(statementsFor({ ...WITH_KEY, kmsKeyArn: KEY_ARN })).toContain(
      'secretsmanager.eu-west-3.amazonaws.com',
    );
    expect(statementsFor({ redact: 'default', kmsKeyArn: KEY_ARN })).not.toContain('secretsmanager');
  });
});

describe('maxDropShare', () => {
  const SETTINGS: PipelineSettings = { rulesFile, excludeEvents: ['s3.amazonaws.com:*'], maxDropShare: 30 };
  const alarmsOf = (settings: PipelineSettings) =>
    Object.values(synthesize(settings).findResources('AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => resolve(Properties) as Json & { AlarmName: string })
      .filter(({ AlarmName }) => AlarmName.includes('RuleDropsTooMuch'));

  it('has an alarm for each rule that drops, on its share of the records of an hour', () => {
    const alarms = alarmsOf(SETTINGS);
    expect(alarms.map(({ AlarmName }) => AlarmName)).toEqual([
      'Test-RuleDropsTooMuch-decrypt',
      'Test-RuleDropsTooMuch-verify',
      'Test-RuleDropsTooMuch-excludeEvents',
    ]);
    const metric = (MetricName: string, ...rule: object[]) => ({
      Namespace: METRIC_NAMESPACE,
      MetricName,
      Dimensions: [{ Name: 'FunctionName', Value: '<DeliverFunction>' }, ...rule],
    });
    expect(alarms[0]).toMatchObject({
      AlarmDescription:
        'Rule decrypt dropped more than 30 % of the records within an hour. See RuleDropsTooMuch in docs/runbook.md.',
      Threshold: 30,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: '100 * dropped / records', ReturnData: true },
        {
          Id: 'dropped',
          MetricStat: {
            Metric: metric('FilteredByRule', { Name: 'Rule', Value: 'decrypt' }),
            Period: 3_600,
            Stat: 'Sum',
          },
        },
        { Id: 'records', MetricStat: { Metric: metric('RecordsRead'), Period: 3_600, Stat: 'Sum' } },
      ],
    });
  });

  it('is off by default', () => {
    expect(alarmsOf({ rulesFile })).toEqual([]);
    expect(alarmsOf({ maxDropShare: undefined })).toEqual([]);
  });

  it('leaves the dashboard a row for the rules', () => {
    const widgetsOf = (settings: PipelineSettings): string => {
      const { DashboardBody } = resolvedProperties(synthesize(settings), 'AWS::CloudWatch::Dashboard');
      return String(DashboardBody);
    };
    expect(widgetsOf({})).not.toContain('Records dropped by rule');
    const widget = JSON.parse(widgetsOf(SETTINGS)).widgets.find(
      ({ properties }: { properties: { title: string } }) => properties.title === 'Records dropped by rule',
    );
    expect(widget.properties.metrics.map((metric: unknown[]) => metric.slice(0, 6))).toEqual(
      ['decrypt', 'verify', 'excludeEvents'].map((rule) => [
        METRIC_NAMESPACE,
        'FilteredByRule',
        'FunctionName',
        '<DeliverFunction>',
        'Rule',
        rule,
      ]),
    );
  });
});
