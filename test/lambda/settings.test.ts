import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { ENV } from '../../lambda/contract.ts';
import { normalizeRecord } from '../../lambda/normalize/normalize-record.ts';
import { readSettings, type Settings } from '../../lambda/settings.ts';

type IntegerName = {
  [Key in keyof Settings]: Settings[Key] extends number | undefined ? Key : never;
}[keyof Settings];

/** Each integer setting with its variable, default, minimum and maximum. */
const INTEGERS: [IntegerName, string, number | undefined, number, number][] = [
  ['maxEventBytes', 'MAX_EVENT_BYTES', undefined, 10_240, 1_024_000],
  ['maxEventsPerRecord', 'MAX_EVENTS_PER_RECORD', undefined, 1, 10_000],
  ['maxCallsInFlight', 'MAX_CALLS_IN_FLIGHT', 4, 1, 100],
  ['maxBatchRecords', 'MAX_BATCH_RECORDS', 500, 1, 500],
  ['maxObjectsInFlight', 'MAX_OBJECTS_IN_FLIGHT', 4, 1, 100],
  ['maxRecordBytes', 'MAX_RECORD_BYTES', 4_194_304, 1, 134_217_728],
  ['maxInflatedBytes', 'MAX_INFLATED_BYTES', 17_179_869_184, 1, 9_007_199_254_740_991],
  ['maxRecordsPerObject', 'MAX_RECORDS_PER_OBJECT', 5_000_000, 1, 1_000_000_000],
  ['deadlineMarginMs', 'DEADLINE_MARGIN_MS', 10_000, 0, 900_000],
  ['retryBaseMs', 'RETRY_BASE_MS', 100, 0, 60_000],
  ['maxAttemptsWithoutProgress', 'MAX_ATTEMPTS_WITHOUT_PROGRESS', 5, 1, 1_000],
  ['giveUpAfterHours', 'GIVE_UP_AFTER_HOURS', 72, 1, 336],
];

/** Integer settings without a default. */
const OPTIONAL_INTEGERS: ['maxBytesPerSecond', string, number, number][] = [
  ['maxBytesPerSecond', 'MAX_BYTES_PER_SECOND', 65_536, 1_000_000_000],
];

/** Each text setting with its variable and its default. */
const TEXTS: [
  'workQueueUrl' | 'claimBucketName' | 'receiptStreamName' | 'redactKeySecretArn',
  string,
  undefined,
][] = [
  ['workQueueUrl', 'WORK_QUEUE_URL', undefined],
  ['claimBucketName', 'CLAIM_BUCKET_NAME', undefined],
  ['receiptStreamName', 'RECEIPT_STREAM_NAME', undefined],
  ['redactKeySecretArn', 'REDACT_KEY_SECRET_ARN', undefined],
];

/** Each setting of the scope with its variable, a value, and the parsed value. */
const SCOPE: [keyof Settings['scope'], string, string, unknown][] = [
  ['bucket', 'TRAIL_BUCKET', 'trail', 'trail'],
  ['root', 'TRAIL_ROOT', 'a prefix/AWSLogs/', 'a prefix/AWSLogs/'],
  ['accounts', 'TRAIL_ACCOUNTS', '111122223333,444455556666', ['111122223333', '444455556666']],
  ['kinds', 'KINDS', 'log,networkActivity', ['log', 'networkActivity']],
];

const REQUIRED = 'DELIVERY_STREAM_NAME';
const PACKING = 'PACKING';
const EXCLUDE = 'EXCLUDE_EVENTS';

const read = (env: Record<string, string | undefined> = {}) => readSettings({ [REQUIRED]: 'stream', ...env });

describe('the settings', () => {
  it('are all covered by this test', () => {
    const tested: Record<string, string> = {
      deliveryStreamName: REQUIRED,
      packing: PACKING,
      profile: 'PROFILE',
      labels: 'LABELS',
      accountsFile: 'ACCOUNTS_FILE',
      excludeEvents: EXCLUDE,
      rulesFile: 'RULES_FILE',
      redact: 'REDACT',
      trailBucket: 'TRAIL_BUCKET',
      trailRoot: 'TRAIL_ROOT',
      trailAccounts: 'TRAIL_ACCOUNTS',
      kinds: 'KINDS',
      backfill: 'BACKFILL',
      ...Object.fromEntries(
        [...INTEGERS, ...OPTIONAL_INTEGERS, ...TEXTS].map(([name, variable]) => [name, variable]),
      ),
    };
    expect(tested).toEqual(ENV);
  });

  it('have these defaults', () => {
    expect(read()).toEqual({
      deliveryStreamNames: ['stream'],
      packing: 'lines',
      normalize: normalizeRecord,
      scope: { bucket: undefined, root: undefined, accounts: undefined, kinds: undefined },
      rules: undefined,
      redactPaths: undefined,
      isBackfill: false,
      maxBytesPerSecond: undefined,
      ...Object.fromEntries([...INTEGERS, ...TEXTS].map(([name, , byDefault]) => [name, byDefault])),
    });
  });

  it('use the default if a variable is empty', () => {
    const empty = Object.fromEntries(Object.values(ENV).map((variable) => [variable, '']));
    expect(JSON.stringify(read({ ...empty, [REQUIRED]: 'stream' }))).toBe(JSON.stringify(read()));
  });
});

it.each(SCOPE)('scope.%s', (name, variable, value, expected) => {
  expect(read({ [variable]: value }).scope).toEqual({ ...read().scope, [name]: expected });
});

it('refuses an unknown kind', () => {
  expect(() => read({ KINDS: 'log,digest' })).toThrow(
    'KINDS must be one of log, insight, networkActivity, aggregated (got "digest")',
  );
});

describe.each(INTEGERS)('%s', (name, variable, byDefault, least, greatest) => {
  it.each([least, least + 1, byDefault ?? least, greatest - 1, greatest])('may be %i', (value) => {
    expect(read({ [variable]: String(value) })).toEqual({
      ...read(),
      [name]: value,
    });
  });

  it.each([
    ...[least - 1, greatest + 1, -greatest].map(String),
    ...['1.5', `${least}.5`, '1,000', '7 days', 'many', 'NaN', 'Infinity', '-Infinity', 'null', 'true'],
  ])('refuses %j', (given) => {
    expect(() => read({ [variable]: given })).toThrow(`${variable} must be an integer`);
    expect(() => read({ [variable]: given })).toThrow(`from ${least} to ${greatest} (got "${given}")`);
  });
});

describe.each(OPTIONAL_INTEGERS)('%s', (name, variable, least, greatest) => {
  it.each([least, least + 1, greatest - 1, greatest])('may be %i', (value) => {
    expect(read({ [variable]: String(value) })[name]).toBe(value);
  });

  it.each([least - 1, greatest + 1, 0, 'many'])('refuses %j', (given) => {
    expect(() => read({ [variable]: String(given) })).toThrow(
      `from ${least} to ${greatest} (got "${given}")`,
    );
  });
});

describe('isBackfill', () => {
  it.each([
    ['true', true],
    ['false', false],
  ])('may be %s', (text, value) => {
    expect(read({ BACKFILL: text }).isBackfill).toBe(value);
  });

  it.each(['True', '1', 'yes'])('refuses %j', (given) => {
    expect(() => read({ BACKFILL: given })).toThrow(`BACKFILL must be one of true, false (got "${given}")`);
  });
});

describe.each(TEXTS)('%s', (name, variable) => {
  it('is used unchanged', () => {
    const value = 'https://sqs.eu-west-3.amazonaws.com/111122223333/Work_1';
    expect(read({ [variable]: value })).toEqual({
      ...read(),
      [name]: value,
    });
  });
});

describe('deliveryStreamNames', () => {
  it.each([
    ['My-stream_1.2', ['My-stream_1.2']],
    ['a,b', ['a', 'b']],
  ])('are used unchanged: %s', (given, expected) => {
    expect(readSettings({ DELIVERY_STREAM_NAME: given }).deliveryStreamNames).toEqual(expected);
  });

  it.each(['a,', ',a', 'a,,b', 'a,b,a'])('may not be empty or repeated: refuses %s', (given) => {
    expect(() => readSettings({ DELIVERY_STREAM_NAME: given })).toThrow(
      `DELIVERY_STREAM_NAME must have different stream names, separated by commas (got "${given}"). Remove empty and repeated names.`,
    );
  });

  it.each([undefined, ''])('are required: refuses %j', (given) => {
    expect(() => readSettings({ DELIVERY_STREAM_NAME: given })).toThrow(/^DELIVERY_STREAM_NAME is not set$/);
    expect(() => readSettings({})).toThrow(/^DELIVERY_STREAM_NAME is not set$/);
  });
});

describe('packing', () => {
  it.each(['single', 'lines', 'gzip'])('may be %s', (packing) => {
    expect(read({ PACKING: packing }).packing).toBe(packing);
  });

  it.each(['Lines', 'lines ', 'zip', '0', 'toString'])('refuses %j', (given) => {
    expect(() => read({ PACKING: given })).toThrow(
      `PACKING must be one of single, lines, gzip (got "${given}")`,
    );
    expect(() => read({ PACKING: given })).toThrow('single, lines, gzip');
  });
});

describe('profile', () => {
  const text = '{"errorCode":"AccessDenied","recipientAccountId":"111122223333"}';
  const eventOf = (env: Record<string, string>) =>
    JSON.parse(JSON.stringify(read(env).normalize(text, JSON.parse(text))));

  it.each([
    ['seed', 'success'],
    ['sekoia-2026', 'failure'],
    ['detection', 'failure'],
    ['raw', undefined],
  ])('may be %s', (profile, outcome) => {
    expect(eventOf({ PROFILE: profile }).event.outcome).toBe(outcome);
  });

  it.each(['Seed', 'sekoia', 'ocsf', 'toString'])('refuses %j', (given) => {
    expect(() => read({ PROFILE: given })).toThrow(
      `PROFILE must be one of seed, sekoia-2026, detection, raw (got "${given}")`,
    );
  });

  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  const accountsFile = join(folder, 'accounts.json');
  writeFileSync(accountsFile, '{"111122223333":"payments-prod"}');
  writeFileSync(join(folder, 'wrong.json'), '{"payments-prod":"111122223333"}');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has labels and account names', () => {
    const env = { PROFILE: 'detection', LABELS: 'env=prod,team=payments', ACCOUNTS_FILE: accountsFile };
    expect(eventOf(env)).toMatchObject({
      labels: { env: 'prod', team: 'payments' },
      cloud: { account: { id: '111122223333', name: 'payments-prod' } },
    });
  });

  it('has account names from a file next to the code', () => {
    const name = relative(fileURLToPath(new URL('../../lambda/', import.meta.url)), accountsFile);
    expect(eventOf({ PROFILE: 'detection', ACCOUNTS_FILE: name }).cloud.account.name).toBe('payments-prod');
  });

  it.each(['seed', 'sekoia-2026', 'raw'])('%s refuses labels and account names', (profile) => {
    for (const [name, value] of [
      ['LABELS', 'env=prod'],
      ['ACCOUNTS_FILE', accountsFile],
    ] as const)
      expect(() => read({ PROFILE: profile, [name]: value })).toThrow(
        `${name} requires PROFILE=detection (got ${profile}). Set PROFILE=detection or remove ${name}.`,
      );
  });

  it.each([
    ['LABELS', 'env', 'LABELS must contain labels of the form name=value only'],
    ['ACCOUNTS_FILE', join(folder, 'none.json'), 'none.json": ENOENT)'],
    ['ACCOUNTS_FILE', folder, 'EISDIR)'],
    ['ACCOUNTS_FILE', join(folder, 'wrong.json'), '(got an entry "payments-prod")'],
  ])('names the variable for %s=%s', (name, value, message) => {
    const attempt = () => read({ PROFILE: 'detection', [name]: value });
    expect(attempt).toThrow(name);
    expect(attempt).toThrow(message);
  });
});

describe('excludeEvents', () => {
  const decrypt = { eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' };

  it('excludes no event by default', () => {
    expect(read().rules).toBeUndefined();
  });

  it('excludes events that match its rules', () => {
    expect(read({ EXCLUDE_EVENTS: 'kms.amazonaws.com:Decrypt' }).rules?.find(decrypt)?.action).toBe('drop');
    expect(read({ EXCLUDE_EVENTS: 'kms.amazonaws.com:Encrypt' }).rules?.find(decrypt)).toBeUndefined();
  });

  it('names the variable if a rule has another form', () => {
    expect(() => read({ EXCLUDE_EVENTS: 'Decrypt' })).toThrow(
      'EXCLUDE_EVENTS must contain rules of the form provider:action only (got "Decrypt")',
    );
  });
});

describe('rulesFile and redact', () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const decrypt = { eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' };
  const keep = [
    { field: 'eventSource', equals: 'kms.amazonaws.com' },
    { field: 'eventName', equals: 'Decrypt' },
  ];

  function write(name: string, content: unknown): string {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  }

  it('are files next to the code, and their rules come before those of excludeEvents', () => {
    const file = write('rules.json', { version: 1, rules: [{ name: 'a', action: 'keep', match: keep }] });
    const env = { RULES_FILE: file, EXCLUDE_EVENTS: 'kms.amazonaws.com:*' };
    expect(read(env).rules?.find(decrypt)).toMatchObject({ name: 'a', action: 'keep' });
    expect(read(env).rules?.find({ ...decrypt, eventName: 'Sign' })?.name).toBe('excludeEvents');
  });

  it('may be the default paths, or a file of paths', () => {
    expect(read({ REDACT: 'default' }).redactPaths?.keys.find('{"password":1}')).toBeDefined();
    const file = write('redact.json', { version: 1, defaults: false, paths: ['**.apiKey'] });
    const { redactPaths } = read({ REDACT: file });
    expect(redactPaths?.keys.find('{"password":1}')).toBeUndefined();
    expect(redactPaths?.keys.find('{"api_key":1}')).toBeDefined();
  });

  it('stop the start by name if a file is missing or wrong', () => {
    const missing = { RULES_FILE: 'none.json' };
    expect(() => read(missing)).toThrow('RULES_FILE must name a readable file (got "none.json": ENOENT).');
    const rules = write('wrong.json', { version: 1, rules: [{ name: 'a', action: 'drop', match: [] }] });
    expect(() => read({ RULES_FILE: rules })).toThrow('RULES_FILE: rule a: "match" must be a list');
    const paths = write('paths.json', { version: 1, paths: ['**'] });
    expect(() => read({ REDACT: paths })).toThrow('REDACT: path "**" must be names');
    expect(() => read({ REDACT: 'Default' })).toThrow(
      'REDACT must name a readable file (got "Default": ENOENT).',
    );
  });
});
