import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../infra/settings/check-settings.ts';
import { readSettings, SETTINGS } from '../../../infra/settings/read-settings.ts';
import { type PipelineSettings, SettingsError } from '../../../infra/settings/settings.ts';
import { ACCOUNTS_FILE, KEY_ARN, SECRET_ARN, TOPIC_ARN } from '../combinations.ts';

const EXISTING = { trailBucketName: 'example-trail-bucket' } as const;

describe('settings from CDK context', () => {
  const read = (context: Record<string, unknown>) => readSettings(new App({ context }).node);

  it('can be text from the command line or typed values from cdk.json', () => {
    expect(read({ trigger: 'sns', insights: 'true', memoryMiB: '2048', trailAccounts: '1, 2' })).toEqual(
      read({ trigger: 'sns', insights: true, memoryMiB: 2048, trailAccounts: ['1', '2'] }),
    );
  });

  it('keep their defaults if they are empty', () => {
    expect(read({ trigger: '', organizationId: '' })).toEqual({});
  });

  it('do not include CDK’s own context keys', () => {
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
    'colour',
    'environment',
    'account',
    'region',
    'stage',
    'owner',
    'vpcId',
    'bucketName',
    'availability-zones',
    'acme_cost_center',
    'hosted-zone',
    'destinationAccount',
  ])('do not include the key of another app, as in ~/.cdk.json: %s', (name) => {
    expect(read({ [name]: 'x' })).toEqual({});
  });

  it('are all refused if one letter is missing', () => {
    for (const name of Object.keys(SETTINGS))
      for (const typo of [name.slice(0, -1), name.slice(0, 2) + name.slice(3)].filter(
        (text) => text.length > 3,
      )) {
        if (Object.hasOwn(SETTINGS, typo)) continue;
        expect(() => read({ [typo]: 'x' }), typo).toThrow(`Unknown setting ${typo}. Did you mean `);
      }
  });

  it.each([
    [{ trigerr: 'sns' }, 'Unknown setting trigerr. Did you mean trigger?'],
    [{ trailBucket: 'x' }, 'Unknown setting trailBucket. Did you mean trailBucketName?'],
    [{ TRAIL_BUCKET_NAME: 'x' }, 'Unknown setting TRAIL_BUCKET_NAME. Did you mean trailBucketName?'],
    [{ 'trail-accounts': 'x' }, 'Unknown setting trail-accounts. Did you mean trailAccounts?'],
    [{ trailaccount: 'x' }, 'Unknown setting trailaccount. Did you mean trailAccounts?'],
    [{ eventsRetentionDay: 1 }, 'Unknown setting eventsRetentionDay. Did you mean eventsRetentionDays?'],
    [
      { stackName: 'my_stack' },
      'stackName must be a letter followed by letters, digits and hyphens (got "my_stack"). Use a value like cloudtrail-2.',
    ],
    [
      { stackAccount: '1234' },
      'stackAccount must be a 12-digit account ID (got "1234"). Use a value like 111122223333.',
    ],
    [{ stackRegion: 'Paris' }, 'stackRegion must be a region (got "Paris"). Use a value like eu-west-3.'],
    [{ insights: 'yes' }, 'insights must be true or false (got "yes"). Set insights=true or insights=false.'],
    [{ memoryMiB: 'much' }, 'memoryMiB must be an integer (got "much"). Use digits only.'],
    [{ trailAccounts: 7 }, 'trailAccounts must be a list (got 7). Separate its items with commas.'],
    [{ trigger: true }, 'trigger must be text (got true). Set it with -c trigger=some-text.'],
  ])('%j: %s', (context, message) => {
    expect(() => read(context)).toThrow(new SettingsError([message]));
    expect(() => read(context)).toThrow(SettingsError);
  });
});

/** Each invalid setting or combination with its error. */
const REFUSED: [PipelineSettings, string][] = [
  // A backfill.
  [
    { backfillMaxConcurrency: 4 },
    'backfillMaxConcurrency requires backfill=true (got false). Set backfill=true or remove backfillMaxConcurrency.',
  ],
  [
    { backfill: false, backfillBytesPerSecond: 1_000_000 },
    'backfillBytesPerSecond requires backfill=true (got false). Set backfill=true or remove backfillBytesPerSecond.',
  ],
  [
    { backfill: true, backfillBytesPerSecond: 131_072, backfillMaxConcurrency: 3 },
    'backfillBytesPerSecond must be at least 65536 for each of 3 invocations (got 131072). Set backfillBytesPerSecond=196608 or a smaller backfillMaxConcurrency.',
  ],
  [
    { backfill: true, destination: 'stream', deliveryStreamName: 'siem', backfillMaxConcurrency: 9 },
    'backfillBytesPerSecond must be at least 65536 for each of 9 invocations (got 524288). Set backfillBytesPerSecond=589824 or a smaller backfillMaxConcurrency.',
  ],
  [
    { backfill: true, backfillMaxConcurrency: 1 },
    'backfillMaxConcurrency must be an integer from 2 to 1000 (got 1). Use a value in this range or remove backfillMaxConcurrency.',
  ],
  [
    { backfill: true, backfillBytesPerSecond: 131_071 },
    'backfillBytesPerSecond must be an integer from 131072 to 1000000000 (got 131071). Use a value in this range or remove backfillBytesPerSecond.',
  ],
  // The trail.
  [
    { createTrail: false },
    'createTrail=false requires trailBucketName (not set). Set trailBucketName to the bucket of an existing trail or remove createTrail.',
  ],
  [
    { createTrail: true, ...EXISTING },
    'createTrail=true requires a new bucket (got trailBucketName=example-trail-bucket). Remove createTrail or trailBucketName.',
  ],
  [
    { trailKmsKeyArn: KEY_ARN },
    'trailKmsKeyArn requires trailBucketName (not set). Set trailBucketName, or use encryptTrail=true instead to encrypt a new trail.',
  ],
  [
    { encryptTrail: true, ...EXISTING },
    "encryptTrail=true requires a new trail (got trailBucketName=example-trail-bucket). Set trailKmsKeyArn to the existing trail's key or remove encryptTrail.",
  ],
  [
    { trailBucketAccount: '222222222222' },
    'trailBucketAccount requires trailBucketName (not set). Set trailBucketName or remove trailBucketAccount.',
  ],
  [
    { trailAccounts: ['111122223333'] },
    'trailAccounts requires organizationId for a new trail (not set). Set organizationId or remove trailAccounts.',
  ],
  [
    { trailRetentionDays: 7, ...EXISTING },
    'trailRetentionDays requires a new bucket (got trailBucketName=example-trail-bucket). Remove trailRetentionDays and set a lifecycle rule on that bucket.',
  ],
  [
    { trailBucketName: 's3://bucket' },
    'trailBucketName must be a bucket name, not a URL or ARN (got "s3://bucket"). Use a value like my-trail-bucket.',
  ],
  [
    { trailBucketName: 'Upper' },
    'trailBucketName must be a bucket name, not a URL or ARN (got "Upper"). Use a value like my-trail-bucket.',
  ],
  [
    { ...EXISTING, trailBucketAccount: '123', trigger: 'sns', topicArn: TOPIC_ARN },
    'trailBucketAccount must be a 12-digit account ID (got "123"). Use a value like 111122223333.',
  ],
  ...['team/', '/team', 'team*', 'te?m', '$team', '日本', 'a\nb', 'x'.repeat(201)].map(
    (trailKeyPrefix): [PipelineSettings, string] => [
      { trailKeyPrefix },
      `trailKeyPrefix must be a key prefix of at most 200 Latin-1 characters, without *, ?, $ or a slash at either end (got ${JSON.stringify(trailKeyPrefix)}). Use a value like team/security.`,
    ],
  ),
  [
    { organizationId: 'example' },
    'organizationId must be an organization ID (got "example"). Use a value like o-a1b2c3d4e5.',
  ],
  [
    { ...EXISTING, trailAccounts: ['111122223333', 'two'] },
    'trailAccounts must contain 12-digit account IDs only (got two). Use IDs like 111122223333, separated by commas.',
  ],
  [
    { ...EXISTING, trailKmsKeyArn: 'alias/trail' },
    'trailKmsKeyArn must be the ARN of a KMS key, not of an alias (got "alias/trail"). Use a value like arn:aws:kms:eu-west-3:111122223333:key/0a1b2c3d-0000-4444-8888-0123456789ab.',
  ],
  [
    {
      ...EXISTING,
      rulePerKind: true,
      trailAccounts: Array.from({ length: 26 }, (_, n) => `${111111111111 + n}`),
    },
    'rulePerKind=true would create 104 notification rules, but a bucket supports at most 100. Set fewer kinds or trailAccounts, or remove rulePerKind.',
  ],
  [
    { ...EXISTING, kinds: ['log', 'digest' as 'log'] },
    'kinds must contain only log, insight, networkActivity, aggregated (got digest). Use some of these or remove kinds.',
  ],
  [
    { kmsKeyArn: 'alias/ours' },
    'kmsKeyArn must be the ARN of a KMS key, not of an alias (got "alias/ours"). Use a value like arn:aws:kms:eu-west-3:111122223333:key/0a1b2c3d-0000-4444-8888-0123456789ab.',
  ],
  [
    { trailObjectLock: 'legal' as 'governance', trailObjectLockDays: 1 },
    'trailObjectLock must be one of governance, compliance (got "legal"). Use one of these or remove trailObjectLock.',
  ],
  [
    { trailObjectLock: 'governance' },
    'trailObjectLock=governance requires trailObjectLockDays (not set). Set trailObjectLockDays or remove trailObjectLock.',
  ],
  [
    { trailObjectLockDays: 30 },
    'trailObjectLockDays requires trailObjectLock (not set). Set trailObjectLock=governance or trailObjectLock=compliance, or remove trailObjectLockDays.',
  ],
  ...[0, 36_501].map((trailObjectLockDays): [PipelineSettings, string] => [
    { trailObjectLock: 'governance', trailObjectLockDays },
    `trailObjectLockDays must be an integer from 1 to 36500 (got ${trailObjectLockDays}). Use a value in this range or remove trailObjectLockDays.`,
  ]),
  [
    { trailObjectLock: 'governance', trailObjectLockDays: 31, trailRetentionDays: 30 },
    'trailRetentionDays must be at least trailObjectLockDays=31 (got 30), because S3 keeps and bills locked versions until then. Use trailRetentionDays=31 or fewer trailObjectLockDays.',
  ],
  [
    { trailObjectLock: 'compliance', trailObjectLockDays: 1, removalPolicy: 'destroy' },
    'removalPolicy=destroy requires a bucket that can be emptied (got trailObjectLock=compliance). Use trailObjectLock=governance or remove removalPolicy.',
  ],
  [
    { ...EXISTING, trailObjectLock: 'governance', trailObjectLockDays: 1 },
    'trailObjectLock requires a new trail (got trailBucketName=example-trail-bucket). Remove trailObjectLock and turn on Object Lock in that bucket.',
  ],
  ...(['dataEvents', 'networkActivityEvents'] as const).map((name): [PipelineSettings, string] => [
    { ...EXISTING, [name]: ['x'] },
    `${name} requires a new trail (got trailBucketName=example-trail-bucket). Remove ${name} and add a selector to the existing trail.`,
  ]),
  [
    { dataEvents: ['AWS::S3::Object', 's3'] },
    'dataEvents must contain resource types only (got s3). Use types like AWS::S3::Object or AWS::Lambda::Function, separated by commas.',
  ],
  [
    { networkActivityEvents: ['s3', 'kms.amazonaws.com'] },
    'networkActivityEvents must contain event sources only (got s3). Use sources like s3.amazonaws.com or kms.amazonaws.com, separated by commas.',
  ],
  [
    { dataEvents: ['AWS::S3::Object'], kinds: ['insight'] },
    'dataEvents requires kinds to contain log (got insight), otherwise these events are skipped. Add log to kinds or remove dataEvents.',
  ],
  [
    { networkActivityEvents: ['s3.amazonaws.com'], kinds: ['log', 'insight'] },
    'networkActivityEvents requires kinds to contain networkActivity (got log, insight), otherwise these events are skipped. Add networkActivity to kinds or remove networkActivityEvents.',
  ],
  // The trigger.
  ...(['queue', 'direct'] as const).map((trigger): [PipelineSettings, string] => [
    { trigger, trailKeyPrefix: `${'é'.repeat(154)}a` },
    `trailKeyPrefix must have at most 924 characters when form-encoded (got 925), because trigger=${trigger} needs it in a notification rule. Use trigger=eventbridge or trigger=sns.`,
  ]),
  [
    { trigger: 'kafka' as 'sns' },
    'trigger must be one of queue, direct, sns, eventbridge (got "kafka"). Use one of these or remove trigger.',
  ],
  ...(['queue', 'direct', 'eventbridge'] as const).map((trigger): [PipelineSettings, string] => [
    { ...EXISTING, trigger, topicArn: TOPIC_ARN },
    `topicArn requires trigger=sns (got ${trigger}). Set trigger=sns or remove topicArn.`,
  ]),
  [
    { topicArn: TOPIC_ARN, ...EXISTING },
    'topicArn requires trigger=sns (got queue). Set trigger=sns or remove topicArn.',
  ],
  [
    { trigger: 'sns', ...EXISTING },
    'trigger=sns requires topicArn for an existing bucket (not set). Set topicArn to the topic of the trail or of the bucket.',
  ],
  [
    { trigger: 'sns', topicArn: TOPIC_ARN },
    'topicArn requires trailBucketName (not set), because a new trail gets a new topic. Set trailBucketName or remove topicArn.',
  ],
  ...['trail', `${TOPIC_ARN}.fifo`].map((topicArn): [PipelineSettings, string] => [
    { trigger: 'sns', topicArn, ...EXISTING },
    `topicArn must be the ARN of a standard topic (got "${topicArn}"). Use a value like arn:aws:sns:eu-west-3:111122223333:trail.`,
  ]),
  ...(['queue', 'direct', 'eventbridge'] as const).map((trigger): [PipelineSettings, string] => [
    { ...EXISTING, trailBucketAccount: '222222222222', trigger },
    `trailBucketAccount=222222222222 requires trigger=sns (got ${trigger}). Set trigger=sns and topicArn to a topic in that account, or remove trailBucketAccount if the bucket is in this account.`,
  ]),
  // The destination.
  [
    { destination: 'http' },
    'destination=http requires httpEndpointUrl (not set). Set httpEndpointUrl to an https:// URL or use another destination.',
  ],
  [
    { destination: 'http' },
    'destination=http requires httpSecretArn (not set). Set httpSecretArn to the ARN of a secret that contains {"api_key":"…"}.',
  ],
  [
    { destination: 'stream' },
    'destination=stream requires deliveryStreamName (not set). Set deliveryStreamName to an existing stream or use another destination.',
  ],
  [
    { destination: 'http', packing: 'gzip' },
    'destination=http requires packing=single or packing=lines (got gzip), because an HTTP endpoint cannot read gzip records. Set packing=single or remove packing.',
  ],
  [
    { httpEndpointUrl: 'https://x.example' },
    'httpEndpointUrl requires destination=http (got s3). Set destination=http or remove httpEndpointUrl.',
  ],
  [
    { deliveryStreamName: 'x' },
    'deliveryStreamName requires destination=stream (got s3). Set destination=stream or remove deliveryStreamName.',
  ],
  [
    { httpSecretArn: SECRET_ARN },
    'httpSecretArn requires destination=http (got s3). Set destination=http or remove httpSecretArn.',
  ],
  [
    { destination: 'http', eventsBucketName: 'their-events' },
    'eventsBucketName requires destination=s3 (got http). Set destination=s3 or remove eventsBucketName.',
  ],
  [
    { destination: 'stream', eventsRetentionDays: 7 },
    'eventsRetentionDays requires destination=s3 (got stream). Set destination=s3 or remove eventsRetentionDays.',
  ],
  [
    { destination: 'stream', deliveryStreamName: 'x', athena: true },
    'athena requires destination=s3 (got stream). Set destination=s3 or remove athena.',
  ],
  ...['http://x.example', 'https://x.example:8088/'].map((httpEndpointUrl): [PipelineSettings, string] => [
    { destination: 'http', httpEndpointUrl },
    `httpEndpointUrl must be an https:// URL on port 443, the only port that Firehose supports (got "${httpEndpointUrl}"). Use a value like https://intake.example.com/aws.`,
  ]),
  [
    { destination: 'http', httpSecretArn: SECRET_ARN.slice(0, -7) },
    `httpSecretArn must be the full ARN of a secret, including the six characters at its end (got "${SECRET_ARN.slice(0, -7)}"). Use a value like arn:aws:secretsmanager:eu-west-3:111122223333:secret:siem-AbCdEf.`,
  ],
  [
    { destination: 'stream', deliveryStreamName: 'arn:aws:firehose:x' },
    'deliveryStreamName must be a stream name, not an ARN, or up to 32 names separated by commas (got "arn:aws:firehose:x"). Use a value like cloudtrail-events.',
  ],
  [
    { ...EXISTING, eventsBucketName: EXISTING.trailBucketName },
    'eventsBucketName must not be the trail bucket (got example-trail-bucket), because every object with events would trigger the function again. Use another bucket or remove eventsBucketName.',
  ],
  [
    { eventsBucketName: 'their-events', eventsRetentionDays: 7 },
    'eventsRetentionDays requires a new bucket (got eventsBucketName=their-events). Remove eventsRetentionDays and set a lifecycle rule on that bucket.',
  ],
  [
    { packing: 'zip' as 'gzip' },
    'packing must be one of single, lines, gzip (got "zip"). Use one of these or remove packing.',
  ],
  [
    { excludeEvents: ['Decrypt'] },
    'excludeEvents must contain rules of the form provider:action only (got Decrypt). Use rules like kms.amazonaws.com:Decrypt or s3.amazonaws.com:*, separated by commas.',
  ],
  [
    { profile: 'ocsf' as 'raw' },
    'profile must be one of seed, sekoia-2026, detection, raw (got "ocsf"). Use one of these or remove profile.',
  ],
  ...(['seed', 'sekoia-2026', 'raw'] as const).flatMap((profile): [PipelineSettings, string][] => [
    [
      { profile, labels: ['env=prod'] },
      `labels requires profile=detection (got ${profile}). Set profile=detection or remove labels.`,
    ],
    [
      { profile, accountsFile: ACCOUNTS_FILE },
      `accountsFile requires profile=detection (got ${profile}). Set profile=detection or remove accountsFile.`,
    ],
  ]),
  ...['env', 'Env=prod', 'env=a,env=b'].map((label): [PipelineSettings, string] => [
    { profile: 'detection', labels: ['team=x', label] },
    `labels must contain labels of the form name=value only, each name once (got "${label.split(',').at(-1)}"). Use labels like env=prod or team=payments, separated by commas.`,
  ]),
  [
    { profile: 'detection', accountsFile: 'none.json' },
    'accountsFile must be the path of a readable file (got none.json: ENOENT). Correct the path or remove accountsFile.',
  ],
  [
    { profile: 'detection', accountsFile: 'package.json' },
    'accountsFile must be a JSON file of account names by 12-digit ID (got an entry "name"). Write a file like {"111122223333": "payments-prod"}.',
  ],
  ...[{ packing: 'single' } as const, { destination: 'http' } as const].map(
    (settings): [PipelineSettings, string] => [
      { ...settings, maxEventsPerRecord: 10 },
      'maxEventsPerRecord requires packing=lines or packing=gzip (got single). Set one of these or remove maxEventsPerRecord.',
    ],
  ),
  // The function and the rest.
  ...(
    [
      ['maxEventBytes', 10_239, '10240 to 1024000'],
      ['maxEventBytes', 1_024_001, '10240 to 1024000'],
      ['maxEventsPerRecord', 0, '1 to 10000'],
      ['maxEventsPerRecord', 10_001, '1 to 10000'],
      ['giveUpAfterHours', 0, '1 to 336'],
      ['giveUpAfterHours', 337, '1 to 336'],
      ['memoryMiB', 511, '512 to 10240'],
      ['memoryMiB', 10_241, '512 to 10240'],
      ['timeoutSeconds', 29, '30 to 900'],
      ['timeoutSeconds', 901, '30 to 900'],
      ['maxConcurrency', 1, '2 to 1000'],
      ['noDeliveryMinutes', 1445, '0 to 1440'],
    ] as const
  ).map(([name, given, range]): [PipelineSettings, string] => [
    { [name]: given },
    `${name} must be an integer from ${range} (got ${given}). Use a value in this range or remove ${name}.`,
  ]),
  [
    { reservedConcurrency: 2 },
    'reservedConcurrency must be at least maxConcurrency=3 (got 2), otherwise Lambda throttles the work queue. Set reservedConcurrency=3 or a smaller maxConcurrency.',
  ],
  [
    { logRetentionDays: 8 },
    'logRetentionDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 (got 8). Use one of these or remove logRetentionDays.',
  ],
  [
    { noDeliveryMinutes: 12 },
    'noDeliveryMinutes must be a multiple of 5 (got 12). Use a multiple of 5, or 0 to disable the alarm.',
  ],
  [
    { removalPolicy: 'snapshot' as 'retain' },
    'removalPolicy must be one of retain, destroy (got "snapshot"). Use one of these or remove removalPolicy.',
  ],
  [
    { alarmEmail: 'on call' },
    'alarmEmail must be one email address (got "on call"). Use a value like oncall@example.com.',
  ],
  ...['http://wiki.example.com', 'https://wiki.example.com#alarms', 'docs/runbook.md'].map(
    (runbookUrl): [PipelineSettings, string] => [
      { runbookUrl },
      `runbookUrl must be an https:// URL of at most 500 characters, without an anchor (got "${runbookUrl}"). Use a value like https://wiki.example.com/cloudtrail-firehose.`,
    ],
  ),
];

/** The lines of the SettingsError. */
function problemsOf(settings: PipelineSettings): string[] {
  try {
    checkSettings(settings, 'Test');
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return String((error as SettingsError).message).split('\n');
  }
  return [];
}

describe('invalid settings', () => {
  it.each(REFUSED)('%j: %s', (settings, problem) => {
    expect(problemsOf(settings)).toContain(problem);
  });

  it('are all reported in one error', () => {
    expect(() => checkSettings({ memoryMiB: 1, trigger: 'sns', ...EXISTING }, 'Test')).toThrow(
      /memoryMiB[^\n]*\n[^\n]*topicArn/,
    );
  });

  it('include a stack name that is too long for the name of the trail bucket', () => {
    expect(() => checkSettings({}, 'x'.repeat(29))).not.toThrow();
    expect(() => checkSettings({}, 'x'.repeat(30))).toThrow(
      `The stack name must have at most 29 characters to name the trail bucket after it (got ${'x'.repeat(30)}). Use a shorter name or set trailBucketName.`,
    );
    expect(() => checkSettings(EXISTING, 'x'.repeat(30))).not.toThrow();
  });

  it('do not include options of a new trail that fit together', () => {
    for (const settings of [
      { trailObjectLock: 'governance', trailObjectLockDays: 36_500 },
      { trailObjectLock: 'compliance', trailObjectLockDays: 30, trailRetentionDays: 30 },
      { trailObjectLock: 'governance', trailObjectLockDays: 1, removalPolicy: 'destroy' },
      { dataEvents: ['AWS::S3::Object'], kinds: ['log'] },
      { networkActivityEvents: ['s3.amazonaws.com'], kinds: ['log', 'networkActivity'] },
      { kmsKeyArn: KEY_ARN, encryptTrail: true },
      { profile: 'detection' },
      { profile: 'detection', labels: ['env=prod', 'team=a b'], accountsFile: ACCOUNTS_FILE },
      { maxEventBytes: 10_240, maxEventsPerRecord: 1 },
      { maxEventBytes: 1_024_000, maxEventsPerRecord: 10_000, packing: 'lines' },
      { backfill: true, backfillMaxConcurrency: 1_000 },
      { backfill: true, backfillBytesPerSecond: 131_072 },
      { backfill: true, destination: 'stream', deliveryStreamName: 'siem', backfillMaxConcurrency: 8 },
    ] satisfies PipelineSettings[])
      expect(problemsOf(settings)).toEqual([]);
  });

  it('do not include values at their limits', () => {
    for (const trailKeyPrefix of ['é'.repeat(154), 'x'.repeat(200), ' ÿ~'])
      expect(() => checkSettings({ trailKeyPrefix }, 'Test')).not.toThrow();
    expect(() => checkSettings({ trailKeyPrefix: 'é'.repeat(200), trigger: 'sns' }, 'Test')).not.toThrow();
    const settings = { memoryMiB: 512, timeoutSeconds: 900, maxConcurrency: 2, reservedConcurrency: 2 };
    for (const giveUpAfterHours of [1, 336])
      expect(() =>
        checkSettings({ ...settings, giveUpAfterHours, noDeliveryMinutes: 0, logRetentionDays: 1 }, 'Test'),
      ).not.toThrow();
  });
});

describe('the app', () => {
  it('names the stack and its environment by settings', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'app-'));
    const context = {
      stackName: 'Second-Pipeline',
      stackAccount: '111122223333',
      stackRegion: 'mx-central-1',
      'aws:cdk:bundling-stacks': [],
    };
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'infra/app.ts'], {
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
      encoding: 'utf8',
    });
    const { artifacts } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'));
    rmSync(outdir, { recursive: true });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(artifacts.CloudTrailFirehose).toMatchObject({
      environment: 'aws://111122223333/mx-central-1',
      properties: { stackName: 'Second-Pipeline' },
    });
  });

  it('prints the error without a stack trace', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'app-'));
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'infra/app.ts'], {
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ trigger: 'kafka' }) },
      encoding: 'utf8',
    });
    rmSync(outdir, { recursive: true });
    expect(status).toBe(1);
    expect(stderr.trim()).toBe(
      'trigger must be one of queue, direct, sns, eventbridge (got "kafka"). Use one of these or remove trigger.',
    );
  });
});
