import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { DeadLetterQueue } from '../../cli/operate/dead-letter-queue.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { keyIn, TRAIL_BUCKET, useQueues } from './queues.ts';

const queues = useQueues();
const { die, replay, list } = queues;

const PARIS = keyIn('eu-west-3', 'a');
const DUBLIN = keyIn('eu-west-1', 'b');

const resumeOf = (key: string, nextRecord = 1200) => ({ bucket: TRAIL_BUCKET, key, nextRecord, attempt: 0 });
const noticeOf = (...s3ObjectKey: string[]) => ({ s3Bucket: TRAIL_BUCKET, s3ObjectKey });
/** A fixed id for a body. */
const idOf = (body: unknown) =>
  createHash('md5')
    .update(JSON.stringify(body))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

function readPage(): string {
  return readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
}

const never = new AbortController().signal;

/** Cells of a printed table, without the empty line at its end. */
function cellsOf(stdout: string): string[][] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));
}

describe('replay dlq', () => {
  it('lists objects, first undelivered records and kinds of messages, and changes nothing', async () => {
    const bodies = [
      await die(resumeOf(DUBLIN)),
      await die(noticeOf(PARIS, `${PARIS}.json`)),
      await die({
        resume: [{ ...resumeOf(PARIS, 3), ranges: [[3, 4]], nextUnread: 9 }, resumeOf(DUBLIN, 0)],
      }),
      await die('CloudTrail validation message.'),
    ];
    const { stdout, stderr, status } = await replay();
    const path = (key: string) => `s3://${TRAIL_BUCKET}/${key}`;
    expect(cellsOf(stdout)).toEqual([
      ['object', 'record', 'message', 'result'],
      [expect.stringMatching(/^message [0-9a-f-]{36}$/), 'notification', 'would move'],
      [path(DUBLIN), '1,200', 'resume message', 'would move'],
      [path(DUBLIN), '0', 'resume message', 'would move'],
      [path(PARIS), '0', 'notification', 'would move'],
      [path(PARIS), '3', 'resume message', 'would move'],
      [path(`${PARIS}.json`), '0', 'notification', 'would move'],
    ]);
    expect({ stderr, status }).toEqual({
      stderr: '✔ 4 messages: 4 would move. To move them, add --yes.',
      status: 0,
    });
    expect(queues.writes()).toEqual([]);
    expect({ dead: queues.dead(), work: queues.work() }).toEqual({ dead: bodies, work: [] });
    expect(await queues.visible()).toBe(4);
  });

  it('prints JSON', async () => {
    await die({ ...resumeOf(PARIS, 3), ranges: [[3, 4]], nextUnread: 9, versionId: 'v' });
    const { result, status } = await list();
    expect(result).toEqual({
      deadLetterQueue: queues.sqs.queueUrl('dead'),
      workQueue: queues.sqs.queueUrl('work'),
      dryRun: true,
      complete: true,
      heldElsewhere: 0,
      messages: [
        {
          messageId: queues.sqs.messages('dead')[0]?.messageId,
          kind: 'resume message',
          result: 'would move',
          detail: null,
          sent: expect.stringMatching(/^\d{4}-.*Z$/),
          objects: [
            {
              ...{ bucket: TRAIL_BUCKET, key: PARIS, versionId: 'v' },
              ...{ nextRecord: 3, remaining: '3 to 4, 9 onwards' },
            },
          ],
        },
      ],
    });
    expect(status).toBe(0);
  });

  it('reports an empty queue', async () => {
    const expected = { stdout: '', stderr: '✔ no messages in the dead-letter queue', status: 0 };
    expect(await replay()).toEqual(expected);
    expect(await replay('--yes')).toEqual(expected);
  });

  it('moves every message unchanged, and deletes each only after it was sent', async () => {
    const attributes = { ERROR_CODE: 'NO_PERMISSIONS', é: '😀\n' };
    const bodies = [
      await die(noticeOf(PARIS), attributes),
      await die(` ${JSON.stringify(resumeOf(DUBLIN))}\n`),
    ];
    const { stderr, status } = await replay('--yes');
    expect({ stderr, status }).toEqual({ stderr: '✔ 2 messages: 2 moved', status: 0 });
    expect(queues.writes()).toEqual([
      ...['SendMessage work', 'DeleteMessage dead', 'SendMessage work', 'DeleteMessage dead'],
    ]);
    expect({ dead: queues.dead(), work: queues.work() }).toEqual({ dead: [], work: bodies });
    const [notice, resume] = queues.sqs.messages('work');
    expect(notice?.attributes).toMatchObject({
      ERROR_CODE: { DataType: 'String', StringValue: 'NO_PERMISSIONS' },
      é: { DataType: 'String', StringValue: '😀\n' },
    });
    expect(resume?.attributes).toBeUndefined();
    expect(parseNotification(resume?.body).refs).toMatchObject([{ key: DUBLIN, nextRecord: 1200 }]);
  });

  it.each([
    ['*/eu-west-3/*', [0, 2]],
    ['*', [0, 1, 2]],
    [DUBLIN, [1, 2]],
    ['AWSLogs/????????????/*/b.json.gz', [1, 2]],
    ['eu-west-3', []],
    ['*[ab].json.gz', []],
  ])('moves only messages with a key that matches %s', async (glob, moved) => {
    const bodies = [
      await die(resumeOf(PARIS)),
      await die(noticeOf(DUBLIN)),
      await die({ resume: [resumeOf(DUBLIN), resumeOf(PARIS)] }),
    ];
    const { status } = await replay('--key', glob, '--yes');
    expect(status).toBe(0);
    expect(queues.work()).toEqual(moved.map((i) => bodies[i]));
    const left = bodies.filter((_, i) => !(moved as number[]).includes(i));
    expect(queues.dead()).toEqual(left);
    expect(await queues.visible()).toBe(left.length);
  });

  it('makes messages that do not match visible before it moves others', async () => {
    await die(noticeOf(DUBLIN));
    await die(noticeOf(PARIS));
    await replay('--key', PARIS, '--yes');
    const operations = queues.requests.map(({ operation }) => operation);
    expect(operations.indexOf('ChangeMessageVisibilityBatch')).toBeGreaterThan(0);
    expect(operations.indexOf('ChangeMessageVisibilityBatch')).toBeLessThan(
      operations.indexOf('SendMessage'),
    );
  });

  it('keeps unknown messages, and exits with 1', async () => {
    const unknown = await die({ secret: 'content' });
    const digest = await die(resumeOf(PARIS.replace('/CloudTrail/', '/CloudTrail-Digest/')));
    await die(noticeOf(PARIS));
    const { stdout, stderr, status } = await replay('--yes');
    expect(stdout).toMatch(/message \S+: unrecognized notification: an object with secret +unknown +stays\n/);
    expect(stdout).toMatch(/message \S+: s3:.* is out of scope: a digest file +unknown +stays\n/);
    expect(stdout + stderr).not.toContain('content');
    expect({ stderr, status }).toEqual({ stderr: '✖ 3 messages: 1 moved, 2 unknown', status: 1 });
    expect(queues.dead()).toEqual([unknown, digest]);
    expect(await queues.visible()).toBe(2);
  });

  it('lists every message of a longer queue once', async () => {
    for (let n = 0; n < 35; n++) await die(resumeOf(PARIS, n));
    const { result } = await list();
    expect(result.messages.map(({ objects }) => objects[0]?.nextRecord)).toEqual([...Array(35).keys()]);
    const { stderr } = await replay('--yes');
    expect(stderr).toBe('✔ 35 messages: 35 moved');
    expect([queues.dead().length, new Set(queues.work()).size]).toEqual([0, 35]);
  });

  it('ends although the queue keeps filling', async () => {
    await die(noticeOf(DUBLIN));
    queues.inject(({ operation }) => {
      // As many as a receive takes.
      if (operation === 'ReceiveMessage')
        for (let n = 0; n < 10; n++)
          queues.addDead([
            { messageId: randomUUID(), body: JSON.stringify(noticeOf(PARIS)), delaySeconds: 0 },
          ]);
      return undefined;
    });
    const { result, stderr } = await list();
    expect(result.complete).toBe(false);
    expect(result.messages.length).toBeLessThanOrEqual(20);
    expect(stderr).toContain('note: the queue keeps filling: run the command again for the rest');
  });

  it('notes messages that another reader holds', async () => {
    await die(noticeOf(PARIS));
    const child = new DeadLetterQueue(queues.client, urls(), Date.now);
    const { messages } = await child.receiveAll(0, never);
    expect(messages).toHaveLength(1);
    expect(await replay()).toEqual({
      stdout: '',
      stderr: 'note: 1 message held by another reader\n✔ no messages in the dead-letter queue',
      status: 0,
    });
  });

  it('killed between send and delete, repeats that message and loses none', async () => {
    const bodies = [await die(noticeOf(PARIS)), await die(noticeOf(DUBLIN)), await die(resumeOf(PARIS))];
    let child: ReturnType<typeof queues.start> | undefined;
    queues.inject(({ operation }) => {
      if (operation !== 'DeleteMessage' || queues.work().length < 2) return undefined;
      child?.kill('SIGKILL');
      return { kind: 'resetBefore' };
    });
    child = queues.start('--yes');
    expect((await child.finished).status).toBeNull();
    expect({ work: queues.work(), dead: queues.dead() }).toEqual({
      work: bodies.slice(0, 2),
      dead: bodies.slice(1),
    });

    // The visibility timeout has passed.
    queues.inject();
    expect(await replay('--yes')).toMatchObject({ stderr: '✔ 2 messages: 2 moved', status: 0 });
    expect({ work: queues.work(), dead: queues.dead() }).toEqual({ work: bodies.slice(1), dead: [] });
  });

  it('after Ctrl-C, finishes the message, prints what was moved and makes the rest visible', async () => {
    const messages = [resumeOf(PARIS, 1), resumeOf(PARIS, 2), resumeOf(PARIS, 3)];
    for (const message of messages) await die(message);
    let child: ReturnType<typeof queues.start> | undefined;
    queues.inject(({ operation, sequence }) => {
      if (operation === 'SendMessage') child?.kill('SIGINT');
      // Repeated by the SDK, when the signal has arrived.
      return operation === 'DeleteMessage' && sequence < 6 ? { kind: 'serverError' } : undefined;
    });
    child = queues.start('--yes');
    const { stdout, stderr, status } = await child.finished;
    expect(cellsOf(stdout).map((row) => row.at(-1))).toEqual(['result', 'moved', 'not moved', 'not moved']);
    expect({ stderr, status }).toEqual({
      stderr: '✖ 3 messages: 1 moved, 2 not moved\n✖ interrupted',
      status: 130,
    });
    expect([queues.work().length, queues.dead().length]).toEqual([1, 2]);
    expect(await queues.visible()).toBe(2);
  });

  it('after Ctrl-C while it lists, makes all visible', async () => {
    for (let n = 0; n < 15; n++) await die(resumeOf(PARIS, n));
    let receives = 0;
    queues.inject(({ operation }) => {
      if (operation !== 'ReceiveMessage') return undefined;
      receives++;
      return receives === 2 ? { kind: 'hang' } : undefined;
    });
    const child = queues.start();
    while (receives < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await child.finished).toEqual({ stdout: '', stderr: '✖ interrupted', status: 130 });
    // SQS hid the five of the lost answer.
    expect(await queues.visible()).toBe(10);
  });

  it('continues after a message that cannot be sent, and makes it visible', async () => {
    const bodies = [await die(noticeOf(PARIS)), await die(noticeOf(DUBLIN))];
    let sends = 0;
    queues.inject(({ operation }) =>
      operation === 'SendMessage' && sends++ < 3 ? { kind: 'serverError' } : undefined,
    );
    const { stdout, stderr, status } = await replay('--yes');
    expect(stdout).toMatch(/not moved: SQS SendMessage: InternalFailure \(HTTP 500\)/);
    expect({ stderr, status }).toEqual({ stderr: '✖ 2 messages: 1 moved, 1 not moved', status: 1 });
    expect({ dead: queues.dead(), work: queues.work() }).toEqual({
      dead: bodies.slice(0, 1),
      work: bodies.slice(1),
    });
    expect(await queues.visible()).toBe(1);
  });

  it('does not send a message that may become visible before it is deleted', async () => {
    await die(noticeOf(PARIS));
    let now = Date.now();
    const slow = new DeadLetterQueue(queues.client, urls(), () => now);
    const { messages } = await slow.receiveAll(1, never);
    const [hidden] = messages;
    if (!hidden) throw new Error('nothing was received');
    now = hidden.visibleAt - 9_999;
    expect(await slow.send(hidden)).toBe('not moved: too slow. Run the command again.');
    expect(queues.work()).toEqual([]);
    now = hidden.visibleAt - 10_000;
    expect(await slow.send(hidden)).toBeUndefined();
  });

  it('prints the table that docs/operate.md shows, and needs only its permissions', async () => {
    const bodies = [
      resumeOf(keyIn('eu-west-3', '111122223333_CloudTrail_eu-west-3_20261103T0905Z_fiLeOne')),
      noticeOf(keyIn('eu-west-1', '111122223333_CloudTrail_eu-west-1_20261103T0910Z_fiLeTwo')),
      { version: '0', source: 'aws.ec2' },
    ];
    for (const body of bodies)
      queues.addDead([{ messageId: idOf(body), body: JSON.stringify(body), delaySeconds: 0 }]);
    const { stdout, stderr } = await replay();
    const page = readPage();
    const [, output] = /^\$ cloudtrail-firehose replay dlq\n((?:.*\n)*?)```/m.exec(page) ?? [];
    expect(`${stdout}${stderr}\n`).toBe(output);
    await replay('--yes');
    const used = new Set(queues.requests.map(({ operation }) => `sqs:${operation.replace(/Batch$/, '')}`));
    const [policy = ''] = /(?<=### Permissions to replay dead letters\n\n```json\n)[^`]*/.exec(page) ?? [];
    const allowed = JSON.parse(policy).Statement.flatMap(({ Action }: { Action: string[] }) => Action);
    expect([...used, 'cloudformation:DescribeStacks'].sort()).toEqual(allowed.sort());
  });

  function urls() {
    return { work: queues.sqs.queueUrl('work'), deadLetter: queues.sqs.queueUrl('dead') };
  }
});

describe('replay dlq cannot tell', () => {
  it.each([
    ['GetQueueAttributes', 'dead', 'sqs:GetQueueAttributes'],
    ['ReceiveMessage', 'dead', 'sqs:ReceiveMessage'],
    ['ChangeMessageVisibilityBatch', 'dead', 'sqs:ChangeMessageVisibility'],
    ['SendMessage', 'work', 'sqs:SendMessage'],
    ['DeleteMessage', 'dead', 'sqs:DeleteMessage'],
  ])('without permission for %s', async (denied, queue, action) => {
    const bodies = [await die(noticeOf(PARIS)), await die({ a: 1 })];
    queues.inject(({ operation }) => (operation === denied ? { kind: 'accessDenied' } : undefined));
    const { stdout, stderr, status } = await replay('--yes');
    expect(stderr.split('\n').at(-1)).toBe(
      `error: access denied to ${queues.sqs.queueUrl(queue)}: allow ${action}`,
    );
    expect(status).toBe(2);
    expect(queues.dead()).toEqual(bodies);
    expect(queues.work()).toEqual(denied === 'DeleteMessage' ? bodies.slice(0, 1) : []);
    if (denied === 'DeleteMessage') expect(stdout).toMatch(/notification +sent, not deleted\n/);
  });

  it('without a queue', async () => {
    const { stdout, stderr, status } = await replay('--dead-letter-queue', queues.sqs.queueUrl('other'));
    expect({ stdout, stderr, status }).toEqual({
      stdout: '',
      stderr: `error: ${queues.sqs.queueUrl('other')}: the queue does not exist`,
      status: 2,
    });
  });

  it('without credentials or a region', async () => {
    const none = {
      ...{ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null' },
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const run = (changes: Record<string, string | undefined>) =>
      queues.cli.run(['replay', 'dlq', ...queues.queues()], '', { env: queues.environment(changes) });
    expect(await run(none)).toMatchObject({
      stderr: 'error: no AWS credentials. Configure them as for the AWS CLI.',
      status: 2,
    });
    expect(await run({ AWS_REGION: undefined, AWS_CONFIG_FILE: '/dev/null' })).toMatchObject({
      stderr: 'error: no AWS region. Set AWS_REGION to the region of the queue.',
      status: 2,
    });
  });

  it.each([
    [
      403,
      'AccessDenied',
      'User is not authorized to perform: cloudformation:DescribeStacks',
      'error: access denied to stack CloudTrailFirehose: allow cloudformation:DescribeStacks',
    ],
    [
      400,
      'ValidationError',
      'Stack with id CloudTrailFirehose does not exist',
      'error: stack CloudTrailFirehose does not exist in eu-west-3. Name it with --stack.',
    ],
  ])('if CloudFormation answers %i %s', async (httpStatus, code, message, expected) => {
    const server = createServer((_request, response) => {
      response
        .writeHead(httpStatus, { 'content-type': 'text/xml' })
        .end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = queues.environment({ AWS_ENDPOINT_URL_CLOUDFORMATION: url });
    expect(await queues.cli.run(['replay', 'dlq'], '', { env })).toEqual({
      stdout: '',
      stderr: expected,
      status: 2,
    });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('replay dlq refuses', () => {
  const url = 'https://sqs.eu-west-3.amazonaws.com/111122223333/work';
  it.each([
    ['only one queue', ['--work-queue', url], '--dead-letter-queue and --work-queue go together'],
    ['the same queue twice', ['--work-queue', url, '--dead-letter-queue', url], 'are the same queue'],
    ['a stack and a queue', ['--stack', 'Name', '--work-queue', url], 'cannot be used with option'],
    ['the name of a queue', ['--work-queue', 'work'], 'Expected the URL of a queue'],
    ['no name of a stack', ['--stack', ''], 'Expected the name of a stack'],
    ['an empty pattern', ['--key', ''], 'Expected a value'],
    ['an unknown command', ['redrive'], 'too many arguments'],
  ])('%s, on one line and before any request', async (_, args, message) => {
    const { stdout, stderr, status } = await queues.cli.run(['replay', 'dlq', ...args], '', {
      env: queues.environment(),
    });
    expect(stderr).toContain(message);
    expect({ stdout, status, lines: stderr.split('\n').length }).toEqual({ stdout: '', status: 2, lines: 1 });
    expect(queues.requests).toEqual([]);
  });
});
