import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noSkips } from '../../../lambda/trigger/notification.ts';
import { parseEvent } from '../../../lambda/trigger/parse-event.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../events/${name}`, import.meta.url), 'utf8'));

const bucket = 'example-trail-bucket';
const suffix = (name: string): string => {
  const [record] = read(name).Records;
  return decodeURIComponent(record.s3.object.key.replaceAll('+', ' '));
};
const account = {
  bucket,
  key: suffix('account-trail.json'),
  nextRecord: 0,
  attempt: 0,
};
const odd = { ...account, key: suffix('encoded-key.json') };
const insight = { ...account, key: suffix('insight.json') };
const none = noSkips();

function parse(name: string) {
  const { isQueue, items } = parseEvent(read(name));
  return {
    isQueue,
    refs: items.map(({ notification }) => notification?.refs),
    skipped: items.map(({ notification }) => notification?.skipped),
    errors: items.flatMap(({ error }) => error?.message ?? []),
  };
}

describe('each notification in events/ names its objects', () => {
  it.each([
    ['account-trail.json', false, [[account]]],
    ['encoded-key.json', false, [[odd]]],
    ['sns-s3.json', false, [[account]]],
    ['sns-cloudtrail-notice.json', false, [[account, odd]]],
    ['eventbridge.json', false, [[odd]]],
    ['sqs-s3.json', true, [[account], [insight]]],
    ['sqs-sns-s3.json', true, [[account]]],
    ['sqs-sns-cloudtrail-notice.json', true, [[account, odd]]],
    ['sqs-cloudtrail-notice.json', true, [[account, odd]]],
    ['sqs-eventbridge.json', true, [[account]]],
    ['sqs-on-failure.json', true, [[account]]],
    ['sqs-resume.json', true, [[{ ...account, nextRecord: 20 }]]],
  ])('%s', (name, isQueue, refs) => {
    expect(parse(name)).toMatchObject({ isQueue, refs, errors: [] });
  });

  it('decodes unusual characters in keys', () => {
    expect(odd.key).toContain('my trails/été+1/');
  });

  it.each([
    ['test-event.json', [{ ...none, testEvent: 1 }]],
    ['sns-validation.json', [{ ...none, testEvent: 1 }]],
    [
      'sqs-validation.json',
      [
        { ...none, testEvent: 1 },
        { ...none, testEvent: 1 },
        { ...none, testEvent: 1 },
      ],
    ],
    ['digest.json', [{ ...none, digest: 1 }]],
    ['removed-object.json', [{ ...none, notCreated: 1 }]],
  ])('%s names no object to read, and is counted by reason', (name, skipped) => {
    const { refs, ...rest } = parse(name);
    expect(refs.flat()).toEqual([]);
    expect(rest).toMatchObject({ skipped, errors: [] });
  });

  it('several-records.json: reads all records, not only the first', () => {
    const { refs, skipped } = parse('several-records.json');
    expect(refs[0]).toHaveLength(3);
    expect(skipped).toEqual([{ ...none, digest: 1, notCreated: 1 }]);
  });

  it('versioned-object.json: keeps the version', () => {
    expect(parse('versioned-object.json').refs[0]?.[0]?.versionId).toBe(
      read('versioned-object.json').Records[0].s3.object.versionId,
    );
  });

  it('leaves versionId unset for unversioned objects', () => {
    for (const name of ['account-trail.json', 'eventbridge.json', 'sqs-cloudtrail-notice.json']) {
      expect(parse(name).refs[0]?.map(({ versionId }) => versionId)).not.toContainEqual(expect.anything());
    }
  });

  it('eventbridge.json: keeps the version-id of a versioned bucket', () => {
    const event = read('eventbridge.json');
    event.detail.object['version-id'] = '096fKKXTRTtl3on89fVO.nfljtsv6qko';
    const ref = { ...odd, versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko' };
    expect(parseEvent(event).items).toMatchObject([{ notification: { refs: [ref] } }]);
    const message = { eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(event) };
    expect(parseEvent({ Records: [message] }).items).toMatchObject([{ notification: { refs: [ref] } }]);
  });

  it('sqs-one-unknown.json: fails only that item', () => {
    const { items } = parseEvent(read('sqs-one-unknown.json'));
    expect(items.map(({ messageId, error }) => [messageId, error?.message])).toEqual([
      ['00000001-1111-4222-8333-444455556666', undefined],
      ['00000002-1111-4222-8333-444455556666', 'unrecognized notification: an object with hello'],
    ]);
  });
});

describe('an unrecognized notification', () => {
  const sqs = (body: unknown) => ({ Records: [{ eventSource: 'aws:sqs', messageId: 'm', body }] });
  const s3 = (object: unknown) => ({
    Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: object }],
  });

  it.each([
    [null, 'null'],
    [42, 'a number'],
    [[null], 'null'],
    [{}, 'an object without known members'],
    ['secret', 'text that is not JSON'],
    [sqs('secret'), 'text that is not JSON'],
    [sqs('"\\"secret\\""'), 'a JSON string'],
    [sqs(undefined), 'undefined'],
    [sqs('{"secret text":1,"detail":"secret"}'), 'an object with detail'],
    [
      { Records: [{ eventSource: 'aws:kinesis', data: 'secret' }] },
      'a record that is an object with eventSource, data',
    ],
    [{ Records: ['secret'] }, 'a record that is a string'],
    [s3({ bucket: { name: 'b' } }), 'an object without bucket or key'],
    [
      s3({ bucket: { name: 'b' }, object: { key: 'secret%E0%A4%A' } }),
      'a record whose key is not form-encoded',
    ],
    [{ s3Bucket: 'b', s3ObjectKey: [{}] }, 'an object without bucket or key'],
    [
      { bucket: 'b', key: 'k.json', nextRecord: -1, attempt: 0 },
      'a resume message with missing or invalid numbers',
    ],
    [
      { bucket: 'b', key: 'k.json', nextRecord: 1.5, attempt: 0 },
      'a resume message with missing or invalid numbers',
    ],
    [{ source: 'aws.s3', 'detail-type': 'Object Created', detail: null }, 'an object without bucket or key'],
  ])('is reported by its shape: %j', (event, shape) => {
    const { items } = parseEvent(event);
    expect(items.map(({ error }) => error?.message)).toEqual([`unrecognized notification: ${shape}`]);
    expect(String(items[0]?.error)).not.toContain('secret');
  });

  it.each([[[]], [{ Records: [] }], [{ s3Bucket: 'b', s3ObjectKey: [] }], [{ resume: [] }]])(
    'counts %j as empty',
    (event) => {
      expect(parseEvent(event)).toEqual({
        isQueue: false,
        items: [{ notification: { refs: [], skipped: { ...none, empty: 1 } } }],
      });
    },
  );

  it('never makes the parser throw', () => {
    let failed = 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (event) => {
        const { items } = parseEvent(event);
        if (items.some(({ error }) => error)) failed++;
      }),
      { seed: 5, numRuns: 500 },
    );
    expect(failed).toBeGreaterThan(300);
  });
});

describe('a batch', () => {
  const key = 'a.json.gz';
  const s3Record = {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: bucket }, object: { key } },
  };
  const body = JSON.stringify({ Records: [s3Record] });
  const message = (messageId: string, eventSource: unknown = 'aws:sqs') => ({ eventSource, messageId, body });
  const ref = { bucket, key, nextRecord: 0, attempt: 0 };

  it('is a queue batch if every record is an SQS message', () => {
    expect(parseEvent({ Records: [message('one'), message('two')] })).toMatchObject({
      isQueue: true,
      items: [
        { messageId: 'one', notification: { refs: [ref] } },
        { messageId: 'two', notification: { refs: [ref] } },
      ],
    });
  });

  it.each([
    ['the first', [s3Record, message('two')]],
    ['one in the middle', [message('one'), s3Record, message('three')]],
    ['the last', [message('one'), s3Record]],
    ['a message of another source', [message('one'), message('two', 'aws:sqs2')]],
    ['a message without a source', [message('one'), { messageId: 'two', body }]],
    ['null', [message('one'), null]],
  ])('is one unrecognized notification if not every record is an SQS message: %s', (_, Records) => {
    const { isQueue, items } = parseEvent({ Records });
    expect(isQueue).toBe(false);
    expect(items).toHaveLength(1);
    expect(items[0]?.messageId).toBeUndefined();
    expect(items[0]?.notification).toBeUndefined();
    expect(items[0]?.error?.message).toMatch(/^unrecognized notification: a record that is /);
  });
});
