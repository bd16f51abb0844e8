import { describe, expect, it } from 'vitest';
import { noSkips } from '../../../lambda/trigger/notification.ts';
import { parseEvent } from '../../../lambda/trigger/parse-event.ts';

const bucket = 'trail';
const key = 'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/22/a b.json.gz';
const ref = { bucket, key, nextRecord: 0, attempt: 0 };
const none = noSkips();
const s3Record = {
  eventSource: 'aws:s3',
  eventName: 'ObjectCreated:Put',
  s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(key).replaceAll('%20', '+') } },
};
const s3Event = { Records: [s3Record] };
const message = (body: unknown) => ({ eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(body) });
const created = { bucket: { name: bucket }, object: { key }, reason: 'PutObject' };
const apiCall = (eventName: string, more = {}) => ({
  eventSource: 's3.amazonaws.com',
  eventName,
  requestParameters: { bucketName: bucket, key },
  ...more,
});
const overBus = (type: string, detail: unknown) => ({ source: 'aws.s3', 'detail-type': type, detail });
const CALL = 'AWS API Call via CloudTrail';
const failed = { source: 'lambda', 'detail-type': 'Lambda Function Invocation Result - Failure' };

function parse(event: unknown, scope = {}) {
  const { items } = parseEvent(event, scope);
  return items.map(({ notification, error }) => error?.message ?? notification);
}

describe('a new object is read from any sender', () => {
  it.each<[string, unknown]>([
    ['an S3 event', s3Event],
    ['a list of S3 events, as from Pipes', [s3Event]],
    ['a list of records', [s3Record]],
    ['a plain request', { bucket, key }],
    ['a list of requests', [{ bucket, key }]],
    ['EventBridge', overBus('Object Created', created)],
    ['only its detail', created],
    ['EventBridge through CloudTrail', overBus(CALL, apiCall('PutObject'))],
    ['a call with a null error', overBus(CALL, apiCall('PutObject', { errorCode: null }))],
    ['a copy, through CloudTrail', overBus(CALL, apiCall('CopyObject'))],
    ['a multipart upload, through CloudTrail', overBus(CALL, apiCall('CompleteMultipartUpload'))],
    ['only its detail, through CloudTrail', apiCall('PutObject')],
    ['a failed invocation, through a bus', { ...failed, detail: { requestPayload: s3Event } }],
    ['a failed invocation, through a queue', { requestPayload: [s3Event] }],
    ['CloudTrail’s notice', { s3Bucket: bucket, s3ObjectKey: [key] }],
  ])('%s', (_, event) => {
    expect(parse(event)).toEqual([{ refs: [ref], skipped: none }]);
    expect(parse({ Records: [message(event)] })).toEqual([{ refs: [ref], skipped: none }]);
    expect(parse([message(event), message(event)])).toHaveLength(2);
  });

  it('treats a list of SQS messages as a queue batch', () => {
    expect(parseEvent([message(s3Event)])).toMatchObject({ isQueue: true, items: [{ messageId: 'm' }] });
    expect(parseEvent([message(s3Event), s3Event])).toMatchObject({ isQueue: false, items: [{}] });
    expect(parse([message(s3Event), s3Event])).toEqual([{ refs: [ref, ref], skipped: none }]);
  });
});

describe('a notification of anything but a new object', () => {
  it.each<[string, unknown]>([
    ...[
      'ObjectRemoved:Delete',
      'ObjectTagging:Put',
      'ObjectRestore:Post',
      's3:ObjectAcl:Put',
      'LifecycleTransition',
    ].map((eventName): [string, unknown] => [eventName, { Records: [{ ...s3Record, eventName }] }]),
    ['Object Deleted', overBus('Object Deleted', created)],
    [
      'only the detail of a deletion',
      { ...created, reason: 'DeleteObject', 'deletion-type': 'Delete Marker Created' },
    ],
    ['another call', overBus(CALL, apiCall('GetObject'))],
    ['a call that failed', overBus(CALL, apiCall('PutObject', { errorCode: 'AccessDenied' }))],
    [
      'AWS Config',
      { messageType: 'ConfigurationHistoryDeliveryCompleted', s3Bucket: bucket, s3ObjectKey: key },
    ],
  ])('is skipped and counted: %s', (_, event) => {
    expect(parse(event)).toEqual([{ refs: [], skipped: { ...none, notCreated: 1 } }]);
    expect(parse({ Type: 'Notification', Message: JSON.stringify(event) })).toEqual([
      { refs: [], skipped: { ...none, notCreated: 1 } },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['S3', { Records: [{ ...s3Record, eventName: 'Secret:Thing' }] }, 'an S3 event of an unknown type'],
    ['EventBridge', overBus('Object Secret', created), 'an aws.s3 event of an unknown type'],
    ['AWS Config', { messageType: 'FutureSecret' }, 'an object with messageType'],
    ['an API call without its detail', overBus(CALL, undefined), 'an API call without eventName'],
    ['an API call without its name', overBus(CALL, { eventName: 5 }), 'an API call without eventName'],
    [
      'a future version of S3 Batch Operations',
      { invocationSchemaVersion: '3.0', tasks: [] },
      'an object with invocationSchemaVersion, tasks',
    ],
  ])('is unrecognized if its type is unknown: %s', (_, event, shape) => {
    expect(parse(event)).toEqual([`unrecognized notification: ${shape}`]);
  });
});

describe('scope', () => {
  const scope = { bucket, accounts: ['444455556666'], kinds: ['log'] };

  it('a notification skips objects out of scope and counts them by reason', () => {
    expect(parse(s3Event, scope)).toEqual([{ refs: [], skipped: { ...none, outside: 1 } }]);
    const insight = key.replace('CloudTrail', 'CloudTrail-Insight').replace('111122223333', '444455556666');
    expect(parse({ s3Bucket: bucket, s3ObjectKey: [insight] }, scope)).toEqual([
      { refs: [], skipped: { ...none, kind: 1 } },
    ]);
  });

  it.each<[string, unknown]>([
    ['a plain request', { bucket, key }],
    ['a resume message', { bucket, key, nextRecord: 3, attempt: 0 }],
    ['a resume message with several objects', { resume: [{ bucket, key, nextRecord: 3, attempt: 0 }] }],
  ])('%s for an object out of scope fails', (_, event) => {
    expect(parse(event, scope)).toEqual([
      `s3://${bucket}/${key} is out of scope: another bucket, folder or account`,
    ]);
  });

  it.each([
    { bucket: 'other', key: 'secret.txt' },
    { bucket, key: 'AWSLogs/999999999999/CloudTrail/x.gz' },
    { bucket, key: 'AWSLogs/444455556666/CloudTrail-Digest/x.gz' },
  ])('a request for an object out of scope fails with any file extension: %j', (event) => {
    expect(parse(event, scope)).toEqual([expect.stringContaining('is out of scope')]);
  });

  it('a request for an object in scope may have any file extension', () => {
    expect(parse({ bucket, key: 'export.log' })).toMatchObject([{ refs: [{ key: 'export.log' }] }]);
  });
});

describe('S3 Batch Operations', () => {
  const job = { invocationSchemaVersion: '1.0', invocationId: 'i', job: { id: 'j' } };
  const s3Key = encodeURIComponent(key).replaceAll('%20', '+');

  it.each([
    ['1.0', { s3BucketArn: `arn:aws:s3:::${bucket}` }],
    ['2.0', { s3Bucket: bucket }],
  ])('version %s: makes each task an item', (invocationSchemaVersion, where) => {
    const tasks = ['t1', 't2'].map((taskId) => ({ taskId, s3Key, s3VersionId: 'v', ...where }));
    expect(parseEvent({ ...job, invocationSchemaVersion, tasks })).toEqual({
      isQueue: false,
      job: { invocationSchemaVersion, invocationId: 'i' },
      items: tasks.map(({ taskId }) => ({
        taskId,
        notification: { refs: [{ ...ref, versionId: 'v' }], skipped: none },
      })),
    });
  });

  it('fails only the invalid task', () => {
    const tasks = [{ taskId: 't1', s3Key, s3Bucket: bucket }, { taskId: 't2', s3Bucket: bucket }, { s3Key }];
    expect(parse({ ...job, tasks })).toEqual([
      { refs: [ref], skipped: none },
      'unrecognized notification: an object without bucket or key',
      'unrecognized notification: a task without taskId',
    ]);
  });
});

it('reads nested notifications down to the depth that senders use, and no deeper', () => {
  const nested = (times: number): unknown => (times === 0 ? s3Event : { requestPayload: nested(times - 1) });
  expect(parse(nested(10))).toEqual([{ refs: [ref], skipped: none }]);
  expect(parse(nested(20))).toEqual(['unrecognized notification: notifications nested too deeply']);
  expect(parse(new Array(5_000).fill({ bucket, key }))).toMatchObject([{ refs: { length: 5_000 } }]);
});
