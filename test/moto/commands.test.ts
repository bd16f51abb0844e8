import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetBucketNotificationConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { resolve, synthesize } from '../infra/synthesize.ts';
import { type Clients, createClients, createPipeline, type Pipeline } from './create-pipeline.ts';
import { type Commands, commandsOf, fillIn } from './documented-commands.ts';
import { ACCOUNT, AWS_VARIABLES, type MotoServer, REGION, startMoto } from './moto-server.ts';

const python = inject('python');

const PAGES = ['docs/deploy.md', 'docs/operate.md', 'docs/package.md', 'docs/runbook.md', 'docs/upgrade.md'];

/** Operations that moto does not implement. The CLI parses and validates them, and sends nothing. */
const PARSED_ONLY = [
  'cloudtrail.ListPublicKeys',
  'cloudtrail.RegisterOrganizationDelegatedAdmin',
  'cloudformation.DetectStackDrift',
  'sqs.StartMessageMoveTask',
  'sqs.ListMessageMoveTasks',
  'organizations.EnableAWSServiceAccess',
  's3-control.CreateJob',
];

const AWS_SCRIPT = fileURLToPath(new URL('./aws.py', import.meta.url));
const PREPARE_SCRIPT = fileURLToPath(new URL('./prepare_account.py', import.meta.url));
const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const FUNCTION = 'test-deliver';
const BACKFILL_LOG_GROUP = 'CloudTrailFirehose-BackfillDeliverLog10A41050-AbCdEfGhIjKl';
const TRAIL_ARN = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/their-trail`;

/** After it, the page's next commands have no bucket. */
const INSTEAD_OF_THE_REST = 'aws s3api delete-bucket ';

/** The reader looks at the differences, which `diff` reports with status 1. */
const SHOW_DIFFERENCES = 'diff() { command diff "$@" || [ $? = 1 ]; }';

/** The reader looks at the findings, which these commands report with status 1, or 2 because moto lacks some calls. */
const SHOW_FINDINGS = `cloudtrail-firehose() {
  command cloudtrail-firehose "$@" || { code=$?; case $1 in preflight|status) [ $code -le 2 ];; *) return $code;; esac; }
}`;

/** What the reader of a page puts in for a name that is no output. */
const OTHER_VALUES = {
  'queue name': 'their-queue',
  'topic ARN': `arn:aws:sns:${REGION}:${ACCOUNT}:their-topic`,
  'function ARN': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${FUNCTION}`,
  'destination ARN': `arn:aws:sns:${REGION}:${ACCOUNT}:their-topic`,
  'job bucket': 'job-bucket',
  'secret ARN': `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:siem`,
};

describe.skipIf(python.missing)('with the AWS CLI and moto', () => {
  let moto: MotoServer;
  let clients: Clients;
  let pipeline: Pipeline;
  let folder: string;
  let values: Record<string, string>;

  beforeAll(async () => {
    moto = await startMoto(python.bin ?? '');
    clients = createClients(moto.url);
    folder = mkdtempSync(join(tmpdir(), 'commands-'));
    program('aws', `exec '${join(python.bin ?? '', 'python')}' '${AWS_SCRIPT}' "$@"`);
    program(
      'cloudtrail-firehose',
      `export INIT_CWD="$PWD"; cd '${PROJECT}' && exec node --import tsx cli/main.ts "$@"`,
    );
    // Other tests synthesize what the pages deploy.
    program('npx', ':');
    writeFileSync(join(folder, 'rules.json'), '{"version":1,"rules":[]}');
    mkdirSync(join(folder, 'day'));
    writeFileSync(join(folder, 'day/a.json'), '{"Records":[{}]}');
    writeFileSync(join(folder, 'policy.json'), '{"Version":"2012-10-17","Statement":[]}');
  });
  beforeEach(async () => {
    await moto.reset();
    const template = synthesize({ backfill: true });
    pipeline = await createPipeline(clients, template);
    const { Outputs } = synthesize({
      organizationId: 'o-a1b2c3d4e5',
      managementAccount: '999999999999',
    }).toJSON();
    const { CreateTrailCommand } = resolve(Outputs, { 'AWS::AccountId': ACCOUNT }) as Outputs;
    const outputs = resolve(template.toJSON().Outputs, {
      ...pipeline.names,
      DeliverFunction: FUNCTION,
      BackfillDeliverFunction: FUNCTION,
      BackfillDeliverLog: BACKFILL_LOG_GROUP,
    }) as Outputs;
    values = {
      ...Object.fromEntries(Object.entries(outputs).map(([name, { Value }]) => [name, Value])),
      // moto looks for the trail in its own account.
      CreateTrailCommand: CreateTrailCommand?.Value.replaceAll('999999999999', ACCOUNT) ?? '',
      TrailArn: TRAIL_ARN,
    };
    const given = { queueArn: values.WorkQueueArn, function: FUNCTION, outputs: values };
    const Key = `AWSLogs/111122223333/CloudTrail/${REGION}/2026/11/03/it's a $(key).json.gz`;
    await clients.s3.send(new PutObjectCommand({ Bucket: pipeline.trailBucket, Key, Body: 'x' }));
    const prepared = run(join(python.bin ?? '', 'python'), [PREPARE_SCRIPT], JSON.stringify(given));
    if (prepared.status !== 0) throw new Error(prepared.stderr);
  });
  afterAll(async () => {
    await moto?.close();
    rmSync(folder, { recursive: true });
  });

  function program(name: string, command: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  }

  function run(command: string, args: string[], input = '') {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      input,
      timeout: 250_000,
      env: {
        ...process.env,
        ...AWS_VARIABLES,
        AWS_ENDPOINT_URL: moto.url,
        PARSED_ONLY: PARSED_ONLY.join(' '),
        PATH: `${folder}:${process.env.PATH}`,
      },
    });
    return { status, stdout, stderr };
  }

  /** Runs commands in one shell, so that later ones have the variables of earlier ones; the first error ends it. */
  function runAll(commands: readonly Commands[]) {
    const script = commands.map(
      ({ place, script }) => `echo '${place}' >&2\n${fillIn(script, { ...values, ...OTHER_VALUES })}`,
    );
    return run('bash', [
      '--norc',
      '-euo',
      'pipefail',
      '-c',
      [SHOW_DIFFERENCES, SHOW_FINDINGS, ...script].join('\n'),
    ]);
  }

  it.each(PAGES)('all commands of %s run', (page) => {
    const isLast = ({ script }: Commands) => script.startsWith(INSTEAD_OF_THE_REST);
    const all = commandsOf(page);
    const commands = [...all.filter((command) => !isLast(command)), ...all.filter(isLast)];
    expect(commands.length).toBeGreaterThan(0);
    const { status, stderr } = runAll(commands);
    // The first error ends the shell, so the last place is that of the command that failed.
    const lines = stderr.trim().split('\n');
    expect({ status, stderr: lines.filter((line) => !/^[✔✖]/.test(line)) }).toEqual({
      status: 0,
      stderr: commands.map(({ place }) => place),
    });
  });

  it('the change of the bucket in docs/deploy.md takes only the rules of the stack out of the old bucket', async () => {
    const change = commandsOf('docs/deploy.md').filter(({ script }) => script.includes('without-stack.json'));
    expect(change).toHaveLength(1);
    expect(runAll(change)).toMatchObject({ status: 0 });
    const { TopicConfigurations, QueueConfigurations = [] } = await clients.s3.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: 'old-trail-bucket' }),
    );
    expect(QueueConfigurations).toEqual([]);
    expect(TopicConfigurations).toMatchObject([{ Id: 'theirs' }]);
  });

  it.each([
    ['command', 'replay object'],
    ['loop', 'nextRecord: 0'],
  ])(
    'the replay of the runbook by a %s puts a message for each object on the work queue',
    async (_, part) => {
      const replay = commandsOf('docs/runbook.md').filter(({ script }) => script.includes(part));
      expect(replay).toHaveLength(1);
      expect(runAll(replay)).toMatchObject({ status: 0 });
      const [body = '', ...others] = await bodiesOn(pipeline.workQueueUrl);
      expect(others).toEqual([]);
      expect(parseNotification(body).refs).toMatchObject([
        {
          bucket: pipeline.trailBucket,
          key: expect.stringMatching(/it's a \$\(key\)\.json\.gz$/),
          nextRecord: 0,
        },
      ]);
    },
  );

  it('a redrive by the command of the runbook moves all messages that the function knows', async () => {
    const notice = JSON.stringify({ s3Bucket: 'b', s3ObjectKey: ["it's a $(key).json.gz"] });
    for (const MessageBody of ['{"a":1}', notice])
      await clients.sqs.send(new SendMessageCommand({ QueueUrl: pipeline.deadLetterQueueUrl, MessageBody }));
    const redrive = commandsOf('docs/runbook.md').filter(({ script }) => script.includes('replay dlq --yes'));
    expect(redrive).toHaveLength(1);
    // One message stays.
    expect(runAll(redrive)).toMatchObject({ status: 1 });
    expect(await bodiesOn(pipeline.workQueueUrl)).toEqual([notice]);
    expect(await bodiesOn(pipeline.deadLetterQueueUrl)).toEqual(['{"a":1}']);
  });

  it('a redrive by the loop of the runbook empties the dead-letter queue', async () => {
    const body = JSON.stringify({
      bucket: 'b',
      key: "it's a $(key)\n".repeat(20_000),
      nextRecord: 0,
      attempt: 0,
    });
    for (const MessageBody of ['{"a":1}', body, '{"a":3}'])
      await clients.sqs.send(new SendMessageCommand({ QueueUrl: pipeline.deadLetterQueueUrl, MessageBody }));
    const loop = commandsOf('docs/runbook.md').filter(({ script }) => script.startsWith('while message='));
    expect(loop).toHaveLength(1);
    expect(runAll(loop)).toMatchObject({ status: 0 });
    expect(await bodiesOn(pipeline.workQueueUrl)).toEqual(['{"a":1}', body, '{"a":3}'].sort());
    expect(await bodiesOn(pipeline.deadLetterQueueUrl)).toEqual([]);
  });

  it.each([
    [
      'an unknown option',
      'aws sqs list-message-move-tasks --source-arn a --destination-arn arn:aws:sqs:eu-west-3:1:q',
    ],
    ['a missing option', 'aws sqs start-message-move-task --destination-arn arn:aws:sqs:eu-west-3:1:q'],
    ['an invalid value', 'aws sqs receive-message --queue-url http://q --max-number-of-messages many'],
    ['an invalid query', "aws sqs list-queues --query 'QueueUrls[?'"],
    ['an unknown resource', 'aws s3api list-objects-v2 --bucket no-such-bucket'],
  ])('a command with %s fails', (_, script) => {
    expect(runAll([{ place: 'docs/any.md:1', script }]).status).not.toBe(0);
  });

  async function bodiesOn(QueueUrl: string): Promise<string[]> {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    // moto, like S3, announces each notification rule with a test event.
    return Messages.map(({ Body = '' }) => Body.trimEnd())
      .filter((body) => !body.includes('s3:TestEvent'))
      .sort();
  }
});

type Outputs = Record<string, { Value: string }>;
