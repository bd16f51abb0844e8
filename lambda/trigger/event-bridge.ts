import { type JsonObject, memberAt, textAt } from './json-member.ts';
import type { NotificationBuilder } from './notification.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/**
 * What EventBridge says of an object; its keys are plain:
 *
 *   {"source":"aws.s3","detail-type":"Object Created","detail":{"bucket":{"name":…},"object":{"key":…},"reason":…}}
 *   {"source":"aws.s3","detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"PutObject","requestParameters":…}}
 *   the detail of either alone, as a rule's input path makes it
 */
export function isEventBridge(body: JsonObject): boolean {
  return body.source === 'aws.s3' || isObjectDetail(body) || isApiCall(body);
}

/** The on-failure destination of a function that is an event bus. */
export function isFromLambda(body: JsonObject): boolean {
  return body.source === 'lambda' && memberAt(body, 'detail', 'requestPayload') !== undefined;
}

/** @throws UnknownNotificationError for a type that S3 does not have today */
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

/** @param type of the event; `undefined` for a detail alone */
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
  else throw new UnknownNotificationError('an event of aws.s3 of an unknown type');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
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

/** `reason` of a new object; that of a deleted one is `DeleteObject`. */
const CREATING_REASONS = new Set(['PutObject', 'POST Object', 'CopyObject', 'CompleteMultipartUpload']);

const CREATING_CALLS = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);

/** With an error nothing was created. */
function readApiCall(detail: unknown, to: NotificationBuilder): void {
  const eventName = textAt(detail, 'eventName');
  if (eventName === undefined) throw new UnknownNotificationError('an API call without its name');
  const isFailed = (memberAt(detail, 'errorCode') ?? undefined) !== undefined;
  if (!CREATING_CALLS.has(eventName) || isFailed) to.skip('notCreated');
  else {
    to.add({
      bucket: textAt(detail, 'requestParameters', 'bucketName'),
      key: textAt(detail, 'requestParameters', 'key'),
    });
  }
}
