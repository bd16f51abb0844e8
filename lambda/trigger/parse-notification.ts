import { isEventBridge, isFromLambda, readEventBridge } from './event-bridge.ts';
import { decodeKey } from './form-encoded-key.ts';
import { isObject, type JsonObject, memberAt, textAt } from './json-member.ts';
import { type Notification, NotificationBuilder } from './notification.ts';
import { readResumes } from './resume-message.ts';
import type { TrailScope } from './trail-scope.ts';
import { describeShape, UnknownNotificationError } from './unknown-notification.ts';

/**
 * Parses one notification into the log objects to read. Recognizes these forms, also nested:
 *
 *   S3 event            {"Records":[{"eventSource":"aws:s3",…}]}       keys are form-encoded
 *   S3 test event       {"Service":"Amazon S3","Event":"s3:TestEvent"}
 *   SNS to Lambda       {"Records":[{"EventSource":"aws:sns","Sns":{"Message":"…"}}]}
 *   SNS envelope        {"Type":"Notification","Message":"…"}
 *   CloudTrail notice   {"s3Bucket":"…","s3ObjectKey":["…"]}           keys are plain
 *   CloudTrail test     CloudTrail validation message.
 *   AWS Config          {"messageType":"ConfigurationHistoryDeliveryCompleted",…}   on a topic that both use
 *   EventBridge         see `event-bridge.ts`                          keys are plain
 *   on-failure record   {"requestPayload":…}
 *   resume message      {"bucket":"…","key":"…","nextRecord":0,"attempt":0,…}, or several as {"resume":[…]}
 *   plain request       {"bucket":"…","key":"…"}
 *   backfill cursor     {"backfill":{…}}                               see `backfill/cursor.ts`
 *   SQS message         {"eventSource":"aws:sqs","body":"…"}           in a list
 *   list                […] of any of these
 *
 * @param body  parsed JSON, or text that may be JSON
 * @param scope objects to read. @default - all but digests
 * @throws UnknownNotificationError for any other form and for excessive nesting; the message has the shape, never the
 *   content. OutsideScopeError for a request that is out of scope
 */
export function parseNotification(body: unknown, scope: TrailScope = {}): Notification {
  const builder = new NotificationBuilder(scope);
  readBody(body, builder);
  return builder.notification;
}

function readBody(body: unknown, to: NotificationBuilder): void {
  to.readNested(() => readOne(body, to));
}

function readOne(body: unknown, to: NotificationBuilder): void {
  if (typeof body === 'string') readText(body, to);
  else if (Array.isArray(body)) readEach(body, to, (member) => readBody(member, to));
  else if (!isObject(body)) throw new UnknownNotificationError(describeShape(body));
  else if (Array.isArray(body.Records)) readEach(body.Records, to, (record) => readRecord(record, to));
  else if (body.Event === 's3:TestEvent') to.skip('testEvent');
  else if (body.Type === 'Notification' && typeof body.Message === 'string') readText(body.Message, to);
  else if (body.eventSource === 'aws:sqs') readBody(body.body, to);
  else if (body.eventSource === 'aws:s3') readS3Record(body, to);
  else if (Array.isArray(body.s3ObjectKey)) readCloudTrailNotice(body, body.s3ObjectKey, to);
  else if (CONFIG_MESSAGES.has(body.messageType)) to.skip('notCreated');
  else if ('requestPayload' in body) readBody(body.requestPayload, to);
  else if (isFromLambda(body)) readBody(memberAt(body, 'detail', 'requestPayload'), to);
  else if (isEventBridge(body)) readEventBridge(body, to);
  else if (Array.isArray(body.resume) || (typeof body.bucket === 'string' && 'key' in body))
    readResumes(body, to);
  else if ('backfill' in body) to.addCursor(body);
  else throw new UnknownNotificationError(describeShape(body));
}

function readEach(members: unknown[], to: NotificationBuilder, read: (member: unknown) => void): void {
  if (members.length === 0) to.skip('empty');
  for (const member of members) read(member);
}

/**
 * Messages of AWS Config on a topic that it shares with a trail. None is about a log object:
 * https://docs.aws.amazon.com/config/latest/developerguide/notifications-for-AWS-Config.html
 */
const CONFIG_MESSAGES = new Set<unknown>([
  'ConfigurationItemChangeNotification',
  'OversizedConfigurationItemChangeNotification',
  'OversizedConfigurationItemChangeDeliveryFailed',
  'ConfigurationHistoryDeliveryCompleted',
  'ConfigurationSnapshotDeliveryStarted',
  'ConfigurationSnapshotDeliveryCompleted',
  'ConfigurationSnapshotDeliveryFailed',
  'ConfigRulesEvaluationStarted',
  'ComplianceChangeNotification',
]);

/** CloudTrail publishes this when a trail is configured to use a topic. */
const VALIDATION_TEXT = 'CloudTrail validation message.';

function readText(text: string, to: NotificationBuilder): void {
  if (text.trim() === VALIDATION_TEXT) {
    to.skip('testEvent');
    return;
  }
  const body = parseJson(text);
  // No sender nests JSON text in JSON text, and the nesting would be unlimited.
  if (typeof body === 'string') throw new UnknownNotificationError('a JSON string');
  readBody(body, to);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnknownNotificationError('text that is not JSON');
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
  if (OTHER_EVENTS.test(eventName)) to.skip('notCreated');
  else if (!/^(s3:)?ObjectCreated:/.test(eventName)) {
    throw new UnknownNotificationError('an S3 event of an unknown type');
  } else {
    to.add({
      bucket: textAt(record, 's3', 'bucket', 'name'),
      key: decodeKey(textAt(record, 's3', 'object', 'key')),
      versionId: textAt(record, 's3', 'object', 'versionId'),
    });
  }
}

/**
 * S3 events that create no object:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 */
const OTHER_EVENTS =
  /^(s3:)?(TestEvent$|ReducedRedundancyLostObject$|LifecycleTransition$|IntelligentTiering$|(ObjectRemoved|ObjectRestore|ObjectTagging|ObjectAcl|Replication|LifecycleExpiration):)/;

function readCloudTrailNotice(notice: JsonObject, keys: unknown[], to: NotificationBuilder): void {
  readEach(keys, to, (key) =>
    to.add({ bucket: textAt(notice, 's3Bucket'), key: typeof key === 'string' ? key : undefined }),
  );
}
