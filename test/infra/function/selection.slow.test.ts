import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { CANARY, recordWithCanaries } from '../../lambda/select/canaries.ts';
import { bundleFunction, LOCAL_NAMES, REDACT_KEY_ARN, startRecordedAccount } from '../deployed-locally.ts';
import { findAllowing } from '../policy-evaluation.ts';
import { roleStatements, synthesize } from '../synthesize.ts';

const folder = mkdtempSync(join(tmpdir(), 'selection-'));
const KEY = 'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/a.json.gz';

function write(name: string, content: object): string {
  writeFileSync(join(folder, name), JSON.stringify(content));
  return join(folder, name);
}

const match = [
  { field: 'eventSource', equals: 'kms.amazonaws.com' },
  { field: 'eventName', equals: 'Decrypt' },
];
const SETTINGS: PipelineSettings = {
  trailBucketName: 'trail',
  trailAccounts: ['111122223333'],
  rulesFile: write('my-rules.json', { version: 1, rules: [{ name: 'decrypt', action: 'drop', match }] }),
  redact: write('my-paths.json', { version: 1, paths: ['requestParameters.mine'] }),
  redactKeySecretArn: REDACT_KEY_ARN,
};

let bundle: ReturnType<typeof bundleFunction>;
let account: Awaited<ReturnType<typeof startRecordedAccount>>;
const printed: string[] = [];

beforeAll(async () => {
  bundle = bundleFunction(SETTINGS);
  account = await startRecordedAccount();
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void printed.push(JSON.stringify(line)));
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => printed.push(String(line)) > 0);
}, 60_000);

afterAll(async () => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
  await account?.close();
  bundle?.remove();
});

describe('the deployed function', () => {
  it('has the files of the settings next to its code, and selects with them', async () => {
    expect(bundle.files).toEqual(['index.mjs', 'index.mjs.map', 'redact.json', 'rules.json']);
    const Records = [
      recordWithCanaries({ requestID: 'kept' }),
      { eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' },
      { eventName: 'Other', requestParameters: { mine: CANARY } },
    ];
    account.s3.putObject('trail', KEY, gzipSync(JSON.stringify({ Records })));
    const handler = await account.load(bundle.file, synthesize(SETTINGS), { isScoped: true });
    const body = JSON.stringify({ bucket: 'trail', key: KEY });
    const batch = { Records: [{ messageId: 'm', eventSource: 'aws:sqs', body }] };
    const answer = await handler(batch, { getRemainingTimeInMillis: () => 300_000 });
    expect(answer).toEqual({ batchItemFailures: [] });

    const events = account.accepted.map((data) => gunzipSync(data).toString()).join('');
    expect(events.trimEnd().split('\n')).toHaveLength(2);
    expect(events).toMatch(/redacted:[0-9a-f]{32}/);
    expect(printed.join('\n')).toContain('"filteredByRule":{"decrypt":1}');
    expect(printed.join('\n')).toContain('"Rule":"decrypt","FilteredByRule":1}');
    expect(events + printed.join('\n')).not.toContain(CANARY);

    const statements = roleStatements(synthesize(SETTINGS), 'DeliverRole', LOCAL_NAMES);
    const secretCalls = account.calls.filter(({ action }) => action === 'secretsmanager:GetSecretValue');
    expect(secretCalls).toHaveLength(1);
    for (const call of account.calls) expect(findAllowing(statements, call), call.action).toBeDefined();
    const other = { action: 'secretsmanager:GetSecretValue', resource: `${REDACT_KEY_ARN}2` };
    expect(findAllowing(statements, other)).toBeUndefined();
  });
});
