import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { formatMessages } from '../../cli/operate/replay-objects.ts';
import { parseNotification } from '../../lambda/trigger/parse-notification.ts';
import { QUEUE } from '../../local/account.ts';
import { maxMessageBytes } from '../../local/sqs/limits.ts';
import { BUCKET, PLENTY_OF_TIME, unpackEvents, useLocalAccount } from '../run-locally.ts';
import { keyIn } from './queues.ts';
import { useCli } from './run-cli.ts';

const cli = useCli();
const local = useLocalAccount();
beforeEach(() => local.reset());

const KEY = keyIn('eu-west-3', 'a');
const PATH = `s3://${BUCKET}/${KEY}`;

function put(key: string, count: number): void {
  const Records = Array.from({ length: count }, (_, n) => ({ id: n }));
  local.account().s3.putObject(BUCKET, key, gzipSync(JSON.stringify({ Records })));
}

function replay(...args: string[]) {
  const { sqs, environment } = local.account();
  const env = { ...process.env, ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined };
  return cli.run(['replay', 'object', ...args, '--work-queue', sqs.queueUrl(QUEUE)], '', { env });
}

const sent = () => local.account().sqs.messages(QUEUE);

/** Invokes the function with the messages that were sent, and returns the records that it delivers. */
async function deliver(): Promise<number[]> {
  const { handler, reports } = local.createHandler();
  const Records = local
    .account()
    .sqs.drain(QUEUE)
    .map(({ messageId, body }) => ({ eventSource: 'aws:sqs', messageId, body }));
  await local.account().deliver(handler, { Records }, () => PLENTY_OF_TIME);
  expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
  expect(local.account().workQueue.deadLetters).toEqual([]);
  return unpackEvents(local.taken).map(({ message }) => JSON.parse(String(message)).id);
}

describe('replay object', () => {
  it('without --yes, lists what it would send', async () => {
    put(KEY, 10);
    const { stdout, stderr, status } = await replay(PATH, '--records', '2-3');
    expect(stdout.split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['object', 'records'],
      [PATH, '2 to 3'],
      [''],
      [''],
    ]);
    expect({ stderr, status }).toEqual({
      stderr: '✔ would send 1 object in 1 message. To send, add --yes.',
      status: 0,
    });
    expect(sent()).toEqual([]);
  });

  it.each<[string[], number[]]>([
    [[], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [['--records', '0-0'], [0]],
    [
      ['--records', '2-4'],
      [2, 3, 4],
    ],
    [
      ['--records', '7-9'],
      [7, 8, 9],
    ],
    [
      ['--records', '8-'],
      [8, 9],
    ],
    [['--records', '9-'], [9]],
  ])('makes the function deliver exactly the records of %j', async (options, records) => {
    put(KEY, 10);
    const { stderr, status } = await replay(PATH, '--yes', ...options);
    expect({ stderr, status }).toEqual({ stderr: '✔ sent 1 object in 1 message', status: 0 });
    expect(sent()).toHaveLength(1);
    expect(await deliver()).toEqual(records);
  });

  it('sends several objects in one message, each once', async () => {
    const keys = [KEY, keyIn('eu-west-3', "it's a $(key)"), keyIn('eu-west-3', 'é\u0001😀')];
    for (const key of keys) put(key, 2);
    const paths = keys.map((key) => `s3://${BUCKET}/${key}`);
    const { stdout, stderr, status } = await replay(...paths, PATH, '--yes');
    expect({ stderr, status }).toEqual({ stderr: '✔ sent 3 objects in 1 message', status: 0 });
    expect(stdout).toContain('é\\u0001😀');
    expect(parseNotification(sent()[0]?.body).refs).toMatchObject(
      keys.map((key) => ({ bucket: BUCKET, key })),
    );
    expect((await deliver()).sort()).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('puts up to 100 objects in a message of less than 1 MiB', () => {
    const refOf = (n: number) => {
      // The longest key: 1,024 bytes, of which JSON escapes each.
      const key = `${n}.`.padEnd(1024, '\u007f');
      return { bucket: BUCKET, key, nextRecord: 0, attempt: 0 };
    };
    for (const [objects, messages] of [
      [99, 1],
      [100, 1],
      [101, 2],
      [250, 3],
    ] as const) {
      const bodies = formatMessages(
        Array.from({ length: objects }, (_, n) => refOf(n)),
        0,
      );
      expect(bodies).toHaveLength(messages);
      for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThan(maxMessageBytes);
    }
  });

  it('prints what docs/operate.md shows', async () => {
    put(KEY, 300);
    const { stdout, stderr } = await replay(PATH, '--records', '100-200', '--yes');
    const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
    const [, output] = /^\$ cloudtrail-firehose replay object .*\n((?:.*\n)*?)```/m.exec(page) ?? [];
    expect(`${stdout}${stderr}\n`).toBe(output);
    expect(page).toContain(`$ cloudtrail-firehose replay object ${PATH} --records 100-200 --yes\n`);
  });

  it('names the version in the message', async () => {
    await replay(PATH, '--version-id', 'v1', '--yes');
    expect(parseNotification(sent()[0]?.body).refs).toMatchObject([{ key: KEY, versionId: 'v1' }]);
  });

  it('names the ETag of the object whose records it counted', async () => {
    put(KEY, 10);
    await replay(PATH, '--records', '1-2', '--yes');
    expect(parseNotification(sent()[0]?.body).refs).toMatchObject([
      { nextRecord: 1, ranges: [[1, 2]], nextUnread: 10, etag: expect.stringMatching(/^"\w+"$/) },
    ]);
  });

  it('cannot tell without permission', async () => {
    local.reset({ sqs: () => ({ kind: 'accessDenied' }), s3: () => ({ kind: 'accessDenied' }) });
    const work = local.account().sqs.queueUrl(QUEUE);
    expect(await replay(PATH, '--yes')).toMatchObject({
      stderr: `error: access denied to ${work}: allow sqs:SendMessage`,
      status: 2,
    });
    expect(await replay(PATH, '--records', '1-')).toEqual({
      stdout: '',
      stderr: `error: access denied to ${PATH}: allow s3:GetObject`,
      status: 2,
    });
    expect(await replay(PATH, '--records', '1-', '--version-id', 'v')).toMatchObject({
      stderr: `error: access denied to ${PATH}: allow s3:GetObjectVersion`,
    });
  });

  it('cannot tell without a region', async () => {
    const { environment, sqs } = local.account();
    const env = { ...process.env, ...environment, AWS_REGION: undefined, AWS_CONFIG_FILE: '/dev/null' };
    for (const [options, resource] of [
      [['--yes'], 'queue'],
      [['--records', '0-'], 'bucket'],
    ] as const) {
      const args = ['replay', 'object', PATH, '--work-queue', sqs.queueUrl(QUEUE), ...options];
      expect(await cli.run(args, '', { env })).toMatchObject({
        stderr: `error: no AWS region. Set AWS_REGION to the region of the ${resource}.`,
        status: 2,
      });
    }
  });

  it('cannot count the records of a corrupt object', async () => {
    local.account().s3.putObject(BUCKET, KEY, gzipSync('{"Records":[{"id":0},{"id":1').subarray(0, 30));
    const { stdout, stderr, status } = await replay(PATH, '--records', '0-0', '--yes');
    expect(stderr).toMatch(/^error: cannot count the records of s3:.*\.json\.gz: .*gzip.*$/);
    expect({ stdout, status, sent: sent() }).toEqual({ stdout: '', status: 2, sent: [] });
  });

  it.each([
    ['no s3://', [`${BUCKET}/${KEY}`], 'Expected s3://BUCKET/KEY'],
    ['no bucket', ['s3:///key'], 'Expected s3://BUCKET/KEY'],
    ['no key', [`s3://${BUCKET}/`], 'Expected s3://BUCKET/KEY'],
    ['a key that is too long', [`s3://${BUCKET}/${'é'.repeat(513)}`], 'Expected s3://BUCKET/KEY'],
    ['no object', [], "missing required argument 'objects'"],
    ['a range that ends before it starts', [PATH, '--records', '3-2'], 'Expected indexes of records'],
    ['a single index', [PATH, '--records', '3'], 'Expected indexes of records'],
    ['a range without a start', [PATH, '--records', '-3'], 'Expected indexes of records'],
    ['a range past the end', [PATH, '--records', '8-10'], `${PATH} has 10 records: 0-9`],
    ['a start past the end', [PATH, '--records', '10-'], `${PATH} has 10 records: 0-9`],
    ['records of two objects', [PATH, `${PATH}.json`, '--records', '1-'], 'Name only one'],
    ['a digest', [PATH.replace('/CloudTrail/', '/CloudTrail-Digest/')], 'is out of scope: a digest file'],
  ])('refuses %s, on one line', async (_, args, message) => {
    put(KEY, 10);
    const { stdout, stderr, status } = await replay(...args, '--yes');
    expect(stderr).toContain(message);
    expect({ stdout, status, lines: stderr.split('\n').length }).toEqual({ stdout: '', status: 2, lines: 1 });
    expect(sent()).toEqual([]);
  });
});
