import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../infra/settings/check-settings.ts';
import { readSettings } from '../../../infra/settings/read-settings.ts';
import { type PipelineSettings, SettingsError } from '../../../infra/settings/settings.ts';
import { KEY_ARN, SECRET_ARN, TOPIC_ARN } from '../combinations.ts';

const OLD = { trailBucketName: 'example-trail-bucket' } as const;

describe('settings out of context', () => {
  const read = (context: Record<string, unknown>) => readSettings(new App({ context }).node);

  it('come as text from the command line and as themselves from cdk.json', () => {
    expect(read({ trigger: 'sns', insights: 'true', memoryMiB: '2048', trailAccounts: '1, 2' })).toEqual(
      read({ trigger: 'sns', insights: true, memoryMiB: 2048, trailAccounts: ['1', '2'] }),
    );
  });

  it('leave what is empty to its default', () => {
    expect(read({ trigger: '', organizationId: '' })).toEqual({});
  });

  it('pass over what is CDK’s own', () => {
    expect(
      read({
        '@aws-cdk/core:x': true,
        'aws:cdk:y': 1,
        'cli-telemetry': false,
        'vpc/z': 2,
        'ssm:account=1': 3,
      }),
    ).toEqual({});
  });

  it.each([
    [{ trigerr: 'sns' }, 'trigerr is no setting; write one of trigger'],
    [{ colour: 'red' }, 'colour is no setting; write one of createTrail, trailBucketName,'],
    [{ insights: 'yes' }, 'insights is "yes"; write -c insights=true or -c insights=false'],
    [{ memoryMiB: 'much' }, 'memoryMiB is "much"; write a whole number, like -c memoryMiB=60'],
    [{ trailAccounts: 7 }, 'trailAccounts is 7; write a list, like'],
    [{ trigger: true }, 'trigger is true; write -c trigger=some-text'],
  ])('%j: %s', (context, message) => {
    expect(() => read(context)).toThrow(message);
    expect(() => read(context)).toThrow(SettingsError);
  });
});

/** Each refusal, and what it says to write instead. */
const REFUSED: [PipelineSettings, string][] = [
  // The trail.
  [{ createTrail: false }, 'createTrail is false; write trailBucketName='],
  [{ createTrail: true, ...OLD }, 'write either createTrail=true or trailBucketName=…, not both'],
  [{ trailKmsKeyArn: KEY_ARN }, 'write encryptTrail=true for a new trail'],
  [{ encryptTrail: true, ...OLD }, 'write trailKmsKeyArn=… for the key that the existing one uses'],
  [{ trailBucketAccount: '222222222222' }, 'write trailBucketName=… as well'],
  [{ trailAccounts: ['111122223333'] }, 'write organizationId=… as well'],
  [{ trailRetentionDays: 7, ...OLD }, 'set the lifecycle on the existing bucket'],
  [{ trailBucketName: 's3://bucket' }, "write the bucket's name alone"],
  [{ trailBucketName: 'Upper' }, "write the bucket's name alone"],
  [
    { ...OLD, trailBucketAccount: '123', trigger: 'sns', topicArn: TOPIC_ARN },
    'write the 12 digits of an account',
  ],
  [{ trailKeyPrefix: 'team/' }, 'write the prefix without a slash'],
  [{ trailKeyPrefix: '/team' }, 'write the prefix without a slash'],
  [{ trailKeyPrefix: 'team*' }, 'without * ? $'],
  [{ organizationId: 'example' }, "write the organization's id, like o-a1b2c3d4e5"],
  [
    { ...OLD, trailAccounts: ['111122223333', 'two'] },
    'trailAccounts holds two; write accounts of 12 digits',
  ],
  [{ ...OLD, trailKmsKeyArn: 'alias/trail' }, "write the key's ARN (not an alias)"],
  [
    { ...OLD, rulePerKind: true, trailAccounts: Array.from({ length: 26 }, (_, n) => `${111111111111 + n}`) },
    'makes 104 notification rules and a bucket takes 100; write fewer kinds or trailAccounts',
  ],
  [
    { ...OLD, kinds: ['log', 'digest' as 'log'] },
    'kinds holds digest; write some of log, insight, networkActivity, aggregated',
  ],
  // The trigger.
  [{ trigger: 'kafka' as 'sns' }, 'write one of queue, direct, sns, eventbridge'],
  [{ topicArn: TOPIC_ARN, ...OLD }, 'write trigger=sns, or leave topicArn'],
  [{ trigger: 'sns', ...OLD }, 'needs topicArn=…'],
  [{ trigger: 'sns', topicArn: TOPIC_ARN }, 'a new trail gets a topic of its own; leave topicArn'],
  [{ trigger: 'sns', topicArn: 'trail', ...OLD }, 'write the ARN of a standard topic'],
  [{ trigger: 'sns', topicArn: `${TOPIC_ARN}.fifo`, ...OLD }, 'write the ARN of a standard topic'],
  ...(['queue', 'direct', 'eventbridge'] as const).map((trigger): [PipelineSettings, string] => [
    { ...OLD, trailBucketAccount: '222222222222', trigger },
    `trigger ${trigger} would have to change a bucket of account 222222222222; write trigger=sns and topicArn=`,
  ]),
  // The destination.
  [{ destination: 'http' }, 'destination http needs httpEndpointUrl=https://…'],
  [{ destination: 'http' }, 'destination http needs httpSecretArn=… of a secret that holds {"api_key":"…"}'],
  [{ destination: 'stream' }, 'destination stream needs deliveryStreamName='],
  [{ destination: 'http', packing: 'gzip' }, 'packing gzip makes records that an HTTP endpoint cannot read'],
  [{ httpEndpointUrl: 'https://x.example' }, 'write destination=http, or leave httpEndpointUrl'],
  [{ deliveryStreamName: 'x' }, 'write destination=stream, or leave deliveryStreamName'],
  [{ destination: 'stream', deliveryStreamName: 'x', athena: true }, 'write destination=s3, or leave athena'],
  [{ destination: 'http', httpEndpointUrl: 'http://x.example' }, 'write an https:// URL'],
  [{ destination: 'http', httpEndpointUrl: 'https://x.example:8088/' }, 'Firehose takes port 443 only'],
  [{ destination: 'http', httpSecretArn: SECRET_ARN.slice(0, -7) }, "write the secret's whole ARN"],
  [{ destination: 'stream', deliveryStreamName: 'arn:aws:firehose:x' }, "write the stream's name alone"],
  [
    { ...OLD, eventsBucketName: OLD.trailBucketName },
    'the output would come back as input; write another bucket',
  ],
  [{ eventsBucketName: 'their-events', eventsRetentionDays: 7 }, 'set the lifecycle on the existing bucket'],
  [{ packing: 'zip' as 'gzip' }, 'write one of single, lines, gzip'],
  [{ excludeEvents: ['Decrypt'] }, 'excludeEvents has "Decrypt"; write rules as provider:action'],
  // The function and the rest.
  [{ giveUpAfterHours: 0 }, 'giveUpAfterHours is 0; write a whole number from 1 to 336'],
  [{ giveUpAfterHours: 337 }, 'from 1 to 336'],
  [{ memoryMiB: 511 }, 'memoryMiB is 511; write a whole number from 512 to 10240'],
  [{ memoryMiB: 10_241 }, 'from 512 to 10240'],
  [{ timeoutSeconds: 29 }, 'from 30 to 900'],
  [{ timeoutSeconds: 901 }, 'from 30 to 900'],
  [{ maxConcurrency: 1 }, 'from 2 to 1000'],
  [{ reservedConcurrency: 9 }, 'write reservedConcurrency=10 or a smaller maxConcurrency'],
  [{ logRetentionDays: 8 }, 'logRetentionDays is 8; write one of 1, 3, 5, 7, 14'],
  [{ noDeliveryMinutes: 12 }, 'write a multiple of 5, or 0'],
  [{ noDeliveryMinutes: 1445 }, 'from 0 to 1440'],
  [{ removalPolicy: 'snapshot' as 'retain' }, 'write retain or destroy'],
  [{ alarmEmail: 'on call' }, 'write one mail address'],
];

describe('settings that are refused', () => {
  it.each(REFUSED)('%j: %s', (settings, message) => {
    expect(() => checkSettings(settings, 'Test')).toThrow(message);
  });

  it('says all that is wrong at once', () => {
    expect(() => checkSettings({ memoryMiB: 1, trigger: 'sns', ...OLD }, 'Test')).toThrow(
      /memoryMiB[^\n]*\n[^\n]*topicArn/,
    );
  });

  it('refuses a stack whose name leaves no room for the bucket named after it', () => {
    expect(() => checkSettings({}, 'x'.repeat(29))).not.toThrow();
    expect(() => checkSettings({}, 'x'.repeat(30))).toThrow('write one of 29 characters');
    expect(() => checkSettings(OLD, 'x'.repeat(30))).not.toThrow();
  });

  it('takes what is just within the limits', () => {
    const settings = { memoryMiB: 512, timeoutSeconds: 900, maxConcurrency: 2, reservedConcurrency: 2 };
    for (const giveUpAfterHours of [1, 336])
      expect(() =>
        checkSettings({ ...settings, giveUpAfterHours, noDeliveryMinutes: 0, logRetentionDays: 1 }, 'Test'),
      ).not.toThrow();
  });
});

describe('the app', () => {
  it('ends with what to write instead, and no stack trace', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'app-'));
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'infra/app.ts'], {
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ trigger: 'kafka' }) },
      encoding: 'utf8',
    });
    rmSync(outdir, { recursive: true });
    expect(status).toBe(1);
    expect(stderr.trim()).toBe('trigger is "kafka"; write one of queue, direct, sns, eventbridge');
  });
});
