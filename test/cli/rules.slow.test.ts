import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();

function write(name: string, content: string | Buffer): string {
  const file = join(cli.folder, name);
  writeFileSync(file, content);
  return file;
}

const record = (second: number, eventSource: string, eventName: string, others: object = {}) => ({
  eventTime: `2026-11-22T00:00:${String(second).padStart(2, '0')}Z`,
  eventSource: `${eventSource}.amazonaws.com`,
  eventName,
  ...others,
});
const on = (source: string, name: string) => [
  { field: 'eventSource', equals: `${source}.amazonaws.com` },
  { field: 'eventName', equals: name },
];
const rulesFile = () =>
  write(
    'rules.json',
    JSON.stringify({
      version: 1,
      rules: [
        { name: 'failed', action: 'keep', match: [{ field: 'errorCode', absent: true, not: true }] },
        { name: 'decrypt', action: 'drop', match: on('kms', 'Decrypt') },
        { name: 'unused', action: 'drop', match: on('kms', 'Sign') },
      ],
    }),
  );
const logFile = (...records: object[]) =>
  write('log.json.gz', gzipSync(JSON.stringify({ Records: records })));

/** Eight Decrypt within 30 s, one of which failed, and two others. */
const RECORDS = [
  ...Array.from({ length: 7 }, (_, i) => record(i * 5, 'kms', 'Decrypt', { eventID: `${i}` })),
  record(3, 'kms', 'Decrypt', { errorCode: 'AccessDenied' }),
  record(4, 's3', 'GetObject'),
  { eventName: 'Other\u001b[31m' },
];

describe('rules explain', () => {
  it('shows records, share, bytes, dollars and examples for each rule', async () => {
    const { stdout, stderr, status } = await cli.run([
      'rules',
      'explain',
      '--rules',
      rulesFile(),
      logFile(...RECORDS),
    ]);
    const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows[0]).toEqual(['rule', 'action', 'records', 'share', 'bytes', '$/month', 'examples']);
    expect(rows[1]).toMatchObject(
      ['failed', 'keep', '1', '10.0 %', /B$/, /./, 'kms.amazonaws.com:Decrypt 1'].map(asPattern),
    );
    expect(rows[2]).toMatchObject(
      ['decrypt', 'drop', '7', '70.0 %', /KB$/, /./, 'kms.amazonaws.com:Decrypt 7'].map(asPattern),
    );
    expect(rows[3]).toEqual(['unused', 'drop', '0', '0.0 %', '0 B', '0.00']);
    expect(rows[4]).toMatchObject(
      [/^\(no rule\)$/, 'keep', '2', '20.0 %', /B$/, /./, /GetObject 1, -:Other\\u001b\[31m 1$/].map(
        asPattern,
      ),
    );
    expect(stdout).toContain(
      '$/month is what Firehose bills at $0.029 per GiB with packing gzip, if every 30 s of the month is like these files.',
    );
    expect({ stderr, status }).toEqual({ stderr: '✔ 10 records from 1 file', status: 0 });
  });

  function asPattern(cell: string | RegExp) {
    return expect.stringMatching(
      typeof cell === 'string' ? new RegExp(`^${cell.replaceAll('.', '\\.')}$`) : cell,
    );
  }

  it('computes with the packing and the price that are given', async () => {
    const args = [
      'rules',
      'explain',
      '--json',
      '--packing',
      'single',
      '--price',
      '2',
      '--rules',
      rulesFile(),
    ];
    const { stdout } = await cli.run([...args, logFile(...RECORDS)]);
    const { rules, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      records: 10,
      from: '2026-11-22T00:00:00.000Z',
      to: '2026-11-22T00:00:30.000Z',
      assumptions: { packing: 'single', dollarsPerGiB: 2, secondsPerMonth: 2_592_000, seconds: 30 },
    });
    // Firehose bills 5 KiB for each of the seven events, in 30 s of a month.
    const billedBytes = 7 * 5_120;
    expect(rules[1]).toMatchObject({ rule: 'decrypt', action: 'drop', records: 7, share: 0.7, billedBytes });
    expect(rules[1].dollarsPerMonth).toBeCloseTo(((billedBytes / 1024 ** 3) * 2 * 2_592_000) / 30, 10);
    const normalized = await cli.run(['normalize', logFile(...RECORDS.slice(0, 7))]);
    expect(rules[1].bytes).toBe(Buffer.byteLength(normalized.stdout) - 7);
    expect(rules[3]).toMatchObject({ rule: null, action: 'keep', records: 2 });
  });

  it('has no dollars for records of one time', async () => {
    const args = ['rules', 'explain', '--rules', rulesFile(), logFile(record(1, 'kms', 'Decrypt'))];
    expect((await cli.run(args)).stdout).toContain(
      'No $/month: the records have fewer than two different times.',
    );
    expect(JSON.parse((await cli.run([...args, '--json'])).stdout).rules[1].dollarsPerMonth).toBeNull();
  });

  it('counts a record that is not JSON as kept, and exits with 1', async () => {
    const file = write(
      'bad.json',
      '{"Records":[{"eventSource":"kms.amazonaws.com","eventName":"Decrypt",},7]}',
    );
    const { stdout, stderr, status } = await cli.run([
      'rules',
      'explain',
      '--json',
      '--rules',
      rulesFile(),
      file,
    ]);
    expect(JSON.parse(stdout).rules.map(({ records }: { records: number }) => records)).toEqual([0, 0, 0, 2]);
    expect(stderr).toContain('bad.json: record 0 at byte 12: the record is not JSON');
    expect(stderr).toContain('✖ 2 records from 1 file, 2 errors');
    expect(status).toBe(1);
  });

  it.each([
    [['rules', 'explain', 'x.json'], "required option '--rules <file>' not specified"],
    [
      ['rules', 'explain', '--rules', 'none.json', 'x.json'],
      '--rules none.json: no such file or directory (ENOENT)',
    ],
    [
      ['rules', 'explain', '--rules', 'package.json', 'x.json'],
      '--rules package.json: must be a JSON object with "version": 1',
    ],
    [
      ['normalize', '--rules', 'package.json', 'x.json'],
      '--rules package.json: must be a JSON object with "version": 1',
    ],
    [['normalize', '--redact', 'package.json', 'x.json'], '--redact package.json: "name" is unknown'],
    [['normalize', '--redact-key-file', 'package.json', 'x.json'], '--redact-key-file requires --redact.'],
    [
      ['normalize', '--redact', 'default', '--redact-key-file', '.nvmrc', 'x.json'],
      '--redact-key-file .nvmrc must contain a key of at least 32 characters',
    ],
    [['local', '--redact', 'none.json'], '--redact none.json: no such file or directory (ENOENT)'],
    [['rules', 'explain', '--rules', 'package.json', '--price', '0', 'x.json'], 'Expected a number above 0.'],
  ])('%j is wrong usage', async (args, message) => {
    const { stderr, status } = await cli.run(args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe('--rules and --redact', () => {
  const CANARY = 'canary-2718281828';
  const secret = record(1, 'sts', 'AssumeRole', {
    responseElements: { credentials: { sessionToken: CANARY } },
  });
  const keyFile = () => write('key', `${'k'.repeat(40)}\n`);
  // printf %s canary-2718281828 | openssl dgst -sha256 -hmac kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
  const MARK = 'redacted:885dbceb59fd6e3380a965eddb854d23';

  it('select what normalize prints', async () => {
    const bad = `${JSON.stringify(secret).slice(0, -1)},}`;
    const file = write(
      'some.json',
      `{"Records":[${JSON.stringify(secret)},${JSON.stringify(RECORDS[0])},${bad}]}`,
    );
    const args = ['--rules', rulesFile(), '--redact', 'default', '--redact-key-file', keyFile()];
    const { stdout, stderr, status } = await cli.run(['normalize', file, ...args]);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toHaveLength(2);
    expect(JSON.parse(events[0].message).responseElements.credentials.sessionToken).toBe(MARK);
    expect(events[0].log).toEqual({ file: { path: file }, flags: ['redacted'], offset: 0 });
    expect(events[1]).toMatchObject({
      event: { kind: 'pipeline_error', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(stderr).toContain('✖ 3 records from 1 file, 1 dropped by rules, 1 error');
    expect(status).toBe(1);
    expect(stdout + stderr).not.toContain(CANARY);
  });

  it('select what local delivers, with the same marks as normalize', async () => {
    const args = ['--rules', rulesFile(), '--redact', 'default', '--redact-key-file', keyFile()];
    const out = join(cli.folder, 'out');
    const { stdout, stderr, status } = await cli.run([
      'local',
      logFile(secret, ...RECORDS),
      '--log',
      '--out',
      out,
      ...args,
    ]);
    const events = readFileSync(join(out, 'events.ndjson'), 'utf8');
    expect(events.trimEnd().split('\n')).toHaveLength(4);
    expect(events).toContain(MARK);
    expect(stdout).toContain('records read  11 = 4 delivered + 7 filtered + 0 failed + 0 left for resume');
    expect(stdout).toContain('filtered      7 by decrypt');
    expect(stdout).toContain('"filteredByRule":{"decrypt":7}');
    expect(stdout).toContain('"FunctionName":"local","Rule":"decrypt","FilteredByRule":7}');
    expect(status).toBe(0);
    expect(events + stdout + stderr).not.toContain(CANARY);
  });

  it('select what a backfill from this machine delivers', async () => {
    const logs = join(cli.folder, 'logs');
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, 'a.json'), JSON.stringify({ Records: [secret, RECORDS[0]] }));
    const out = join(cli.folder, 'backfilled');
    const args = [
      'backfill',
      '--local',
      logs,
      '--out',
      out,
      '--state',
      join(cli.folder, 'state.json'),
      '--yes',
    ];
    const env = { ...process.env, AWS_REGION: 'eu-west-3' };
    // The function's variable alone does not say with which key. Nothing is delivered then.
    const refused = await cli.run(args, undefined, { env: { ...env, REDACT: 'default' } });
    expect(refused.stderr).toContain('REDACT is set, but nothing replaces secrets here');
    expect(refused.status).toBe(1);

    const selection = ['--rules', rulesFile(), '--redact', 'default', '--redact-key-file', keyFile()];
    const { status, stdout, stderr } = await cli.run([...args, ...selection], undefined, { env });
    const events = readFileSync(join(out, 'events.ndjson'), 'utf8');
    expect(events.trimEnd().split('\n')).toHaveLength(1);
    expect(events).toContain(MARK);
    expect(status).toBe(0);
    expect(events + stdout + stderr).not.toContain(CANARY);
  });
});
