import { type JsonObject, memberAt, textAt } from './json-member.ts';
import type { NotificationBuilder } from './notification.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/**
 * Whether this is an EventBridge event about S3. Its keys are not encoded:
 *
 *   {"source":"aws.s3","detail-type":"Object Created","detail":{"bucket":{"name":…},"object":{"key":…},"reason":…}}
 *   {"source":"aws.s3","detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"PutObject","requestParameters":…}}
 *   only the detail of either, if the rule has an input path
 */
export function isEventBridge(body: JsonObject): boolean {
  return body.source === 'aws.s3' || isObjectDetail(body) || isApiCall(body);
}

/** Whether this is a failed invocation that Lambda sent to an event bus. */
export function isFromLambda(body: JsonObject): boolean {
  return body.source === 'lambda' && memberAt(body, 'detail', 'requestPayload') !== undefined;
}

/** @throws UnknownNotificationError for an unknown event type */
export function readEventBridge(event: JsonObject, to: NotificationBuilder): void {
  if (event.source !== 'aws.s3') readDetail(event, isApiCall(event) ? API_CALL : undefined, to);
  else readDetail(event.detail, textAt(event, 'detail-type') ?? '', to);
}

const API_CALL = 'AWS API Call via CloudTrail';

function isObjectDetail(body: JsonObject): boolean {
  return textAt(body, 'bucket', 'name') !== undefined && textAt(body, 'object', 'key') !== undefined;
}

function isApiCall(body: JsonObject): boolean {
  return body.eventSource === 's3.amazonaws.com' && textAt(body, 'eventName') !== undefined;
}

/** @param type the event's `detail-type`; `undefined` if there is only a detail */
function readDetail(detail: unknown, type: string | undefined, to: NotificationBuilder): void {
  if (type === API_CALL) readApiCall(detail, to);
  else if (
    type === 'Object Created' ||
    (type === undefined && CREATING_REASONS.has(textAt(detail, 'reason') ?? ''))
  ) {
    to.add({
      bucket: textAt(detail, 'bucket', 'name'),
      key: textAt(detail, 'object', 'key'),
      versionId: textAt(detail, 'object', 'version-id'),
    });
  } else if (OTHER_TYPES.has(type ?? '') || textAt(detail, 'deletion-type') !== undefined)
    to.skip('notCreated');
  else throw new UnknownNotificationError('an aws.s3 event of an unknown type');
}

/** Event types that create no object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
const OTHER_TYPES = new Set([
  'Object Deleted',
  'Object Restore Initiated',
  'Object Restore Completed',
  'Object Restore Expired',
  'Object Storage Class Changed',
  'Object Access Tier Changed',
  'Object ACL Updated',
  'Object Tags Added',
  'Object Tags Deleted',
]);

/** Values of `reason` for a new object. A deleted one has `DeleteObject`. */
const CREATING_REASONS = new Set(['PutObject', 'POST Object', 'CopyObject', 'CompleteMultipartUpload']);

const CREATING_CALLS = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);

/** A call with an error code created no object. */
function readApiCall(detail: unknown, to: NotificationBuilder): void {
  const eventName = textAt(detail, 'eventName');
  if (eventName === undefined) throw new UnknownNotificationError('an API call without eventName');
  const isFailed = (memberAt(detail, 'errorCode') ?? undefined) !== undefined;
  if (!CREATING_CALLS.has(eventName) || isFailed) to.skip('notCreated');
  else {
    to.add({
      bucket: textAt(detail, 'requestParameters', 'bucketName'),
      key: textAt(detail, 'requestParameters', 'key'),
    });
  }
}
