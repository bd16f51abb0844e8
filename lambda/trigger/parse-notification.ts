import { isObject, type JsonObject, memberAt, textAt } from './json-member.ts';
import { type Notification, NotificationBuilder } from './notification.ts';
import { readResumes } from './resume-message.ts';
import { describeShape, UnknownNotificationError } from './unknown-notification.ts';

/**
 * Turns one notification into the log objects to read. Knows, bare or one inside the other:
 *
 *   S3 event            {"Records":[{"eventSource":"aws:s3",…}]}       keys are form-encoded
 *   S3 test event       {"Service":"Amazon S3","Event":"s3:TestEvent"}
 *   SNS to Lambda       {"Records":[{"EventSource":"aws:sns","Sns":{"Message":"…"}}]}
 *   SNS envelope        {"Type":"Notification","Message":"…"}
 *   CloudTrail notice   {"s3Bucket":"…","s3ObjectKey":["…"]}           keys are plain
 *   CloudTrail test     CloudTrail validation message.
 *   EventBridge         {"source":"aws.s3","detail-type":"Object Created","detail":{…}}   keys are plain
 *   on-failure record   {"requestPayload":…}
 *   resume message      {"bucket":"…","key":"…","nextRecord":0,"attempt":0,…}, or several as {"resume":[…]}
 *
 * @param body parsed JSON, or text that may be JSON
 * @throws UnknownNotificationError for anything else, and for one inside the other too often; it names the shape, never the content
 */
export function parseNotification(body: unknown): Notification {
  const builder = new NotificationBuilder();
  readBody(body, builder);
  return builder.notification;
}

function readBody(body: unknown, to: NotificationBuilder): void {
  to.goDeeper();
  if (typeof body === 'string') readText(body, to);
  else if (!isObject(body)) throw new UnknownNotificationError(describeShape(body));
  else if (Array.isArray(body.Records)) readEach(body.Records, to, (record) => readRecord(record, to));
  else if (body.Event === 's3:TestEvent') to.skip('testEvent');
  else if (body.Type === 'Notification' && typeof body.Message === 'string') readText(body.Message, to);
  else if (Array.isArray(body.s3ObjectKey)) readCloudTrailNotice(body, body.s3ObjectKey, to);
  else if (body.source === 'aws.s3') readEventBridge(body, to);
  else if ('requestPayload' in body) readBody(body.requestPayload, to);
  else if ('nextRecord' in body || Array.isArray(body.resume)) readResumes(body, to);
  else throw new UnknownNotificationError(describeShape(body));
}

function readEach(members: unknown[], to: NotificationBuilder, read: (member: unknown) => void): void {
  if (members.length === 0) to.skip('empty');
  for (const member of members) read(member);
}

/** What CloudTrail publishes to a topic when a trail is given it. */
const VALIDATION_TEXT = 'CloudTrail validation message.';

function readText(text: string, to: NotificationBuilder): void {
  if (text.trim() === VALIDATION_TEXT) {
    to.skip('testEvent');
    return;
  }
  const body = parseJson(text);
  // JSON text inside JSON text is nothing that any of the senders writes, and could go on for ever.
  if (typeof body === 'string') throw new UnknownNotificationError('a JSON string');
  readBody(body, to);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnknownNotificationError('text that is no JSON');
  }
}

function readRecord(record: unknown, to: NotificationBuilder): void {
  const message = memberAt(record, 'Sns', 'Message');
  if (typeof message === 'string') readText(message, to);
  else readS3Record(record, to);
}

function readS3Record(record: unknown, to: NotificationBuilder): void {
  const eventName = textAt(record, 'eventName');
  if (textAt(record, 'eventSource') !== 'aws:s3' || eventName === undefined) {
    throw new UnknownNotificationError(`a record that is ${describeShape(record)}`);
  }
  if (!/^(s3:)?ObjectCreated:/.test(eventName)) to.skip('notCreated');
  else {
    to.add({
      bucket: textAt(record, 's3', 'bucket', 'name'),
      key: decodeKey(textAt(record, 's3', 'object', 'key')),
      versionId: textAt(record, 's3', 'object', 'versionId'),
    });
  }
}

/** S3 form-encodes the keys of its own notifications: `+` is a space, the rest percent-encoded UTF-8. */
function decodeKey(key: string | undefined): string | undefined {
  try {
    return key && decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new UnknownNotificationError('a record whose key is not form-encoded');
  }
}

function readCloudTrailNotice(notice: JsonObject, keys: unknown[], to: NotificationBuilder): void {
  readEach(keys, to, (key) =>
    to.add({ bucket: textAt(notice, 's3Bucket'), key: typeof key === 'string' ? key : undefined }),
  );
}

function readEventBridge(event: JsonObject, to: NotificationBuilder): void {
  if (event['detail-type'] !== 'Object Created') to.skip('notCreated');
  else {
    to.add({
      bucket: textAt(event, 'detail', 'bucket', 'name'),
      key: textAt(event, 'detail', 'object', 'key'),
      versionId: textAt(event, 'detail', 'object', 'version-id'),
    });
  }
}
