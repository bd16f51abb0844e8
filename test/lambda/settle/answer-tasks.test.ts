import { gzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { QUEUE } from '../../../local/account.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, useLocalAccount } from '../../run-locally.ts';

const clock = new VirtualClock();
const local = useLocalAccount(clock);
beforeEach(() => local.reset());

const put = (key: string, content: string | Buffer) =>
  local.account().s3.putObject(BUCKET, key, typeof content === 'string' ? gzipSync(content) : content);

/** An event of S3 Batch Operations for these keys. The id of each task is its key. */
const jobOf = (...keys: string[]) => ({
  invocationSchemaVersion: '2.0',
  invocationId: 'invocation',
  job: { id: 'job', userArguments: {} },
  tasks: keys.map((key) => ({ taskId: key, s3Key: key, s3Bucket: BUCKET })),
});

async function run(keys: string[], settings: Record<string, string> = {}, context = PLENTY_OF_TIME) {
  const { handler } = local.createHandler({ EXCLUDE_EVENTS: 'a.b:*', ...settings });
  const answer = await handler(jobOf(...keys), { ...context, awsRequestId: 'request' });
  const results = answer?.results?.map(({ taskId, resultCode, resultString }) => [
    taskId,
    resultCode,
    resultString,
  ]);
  return { ...answer, results };
}

it('answers each task of S3 Batch Operations separately', async () => {
  put('valid.json.gz', '{"Records":[{"n":1},{"eventSource":"a.b","n":2},{"n":3}]}');
  put('damaged.json.gz', gzipSync('{"Records":[{"n":4}]}').subarray(0, -4));
  put('other.json.gz', '{"a":1}');
  put('mixed.json.gz', '{"a":1}\n{"Records":[{"n":5}]}');
  put('AWSLogs/111122223333/Config/c.json.gz', '{}');
  const outside = 'AWSLogs/111122223333/Config/c.json.gz';
  const keys = ['valid', 'damaged', 'missing', 'other', 'mixed'].map((name) => `${name}.json.gz`);
  expect(await run([...keys, outside])).toEqual({
    invocationSchemaVersion: '2.0',
    invocationId: 'invocation',
    treatMissingKeysAs: 'PermanentFailure',
    results: [
      ['valid.json.gz', 'Succeeded', '2 delivered, 1 filtered'],
      [
        'damaged.json.gz',
        'PermanentFailure',
        expect.stringMatching(/truncated-gzip .*; 1 delivered, 0 filtered$/),
      ],
      ['missing.json.gz', 'PermanentFailure', expect.stringContaining('NoSuchKey')],
      [
        'other.json.gz',
        'PermanentFailure',
        'holds no records: an object with a at byte 0; 0 delivered, 0 filtered',
      ],
      [
        'mixed.json.gz',
        'Succeeded',
        'a document holds no records: an object with a at byte 0; 1 delivered, 0 filtered',
      ],
      [outside, 'PermanentFailure', expect.stringContaining('is out of scope')],
    ],
  });
});

it('counts a requeued task as succeeded, with a separate claim for each', async () => {
  put('a.json.gz', '{"Records":[{"n":1}]}');
  put('b.json.gz', '{"Records":[{"n":2}]}');
  let polls = 0;
  const outOfTime = { getRemainingTimeInMillis: () => (polls++ === 0 ? 60_000 : 5_000) };
  const { results } = await run(['a.json.gz', 'b.json.gz'], {}, outOfTime);
  expect(results).toEqual([
    ['a.json.gz', 'Succeeded', '0 delivered, 0 filtered; the rest requeued'],
    ['b.json.gz', 'Succeeded', '0 delivered, 0 filtered; the rest requeued'],
  ]);
  const claims = local
    .account()
    .sqs.messages(QUEUE)
    .map(({ body }) => JSON.parse(body).claim.parent);
  expect(claims.sort()).toEqual(['request-a.json.gz', 'request-b.json.gz']);
});

it('lets S3 retry a task without a work queue', async () => {
  put('a.json.gz', '{"Records":[{"n":1}]}');
  local.account().s3.reset(() => ({ kind: 'slowDown' }));
  process.env.AWS_MAX_ATTEMPTS = '1';
  const { results } = await run(['a.json.gz'], { WORK_QUEUE_URL: '' });
  delete process.env.AWS_MAX_ATTEMPTS;
  expect(results).toEqual([['a.json.gz', 'TemporaryFailure', expect.stringContaining('SlowDown')]]);
});
