import { isObject, type JsonObject, textAt } from './json-member.ts';
import type { LogObjectRef } from './log-object-ref.ts';
import type { Claim, NotificationBuilder } from './notification.ts';
import type { IndexRange } from './remaining-records.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/**
 * Formats the rest of log objects for a later invocation:
 *
 *   { bucket, key, versionId, etag,         the object; no other version or ETag is read
 *     nextRecord,                           lowest unacknowledged record
 *     ranges: [[3,4],[9,9]], nextUnread,    unacknowledged ranges, and the first unread record;
 *                                           both omitted if that is everything from nextRecord on
 *     attempt, refusals, refusedSince, firstSeen,
 *     sentAt, claim: { parent, handOver } }
 *
 * or several as { resume: [ … ], sentAt, claim }. A request by an operator needs only bucket and key.
 * An earlier version of this function knows only `nextRecord` and `attempt`. It starts at the lowest record, so it
 * repeats some and skips none.
 *
 * @param sentAt milliseconds since 1970
 * @param claim  `undefined` if the message being requeued has no id
 */
export function formatResumes(refs: LogObjectRef[], sentAt: number, claim: Claim | undefined): string[] {
  const [only] = refs;
  if (only && refs.length === 1) return [toAscii(JSON.stringify({ ...only, sentAt, claim }))];
  const groups = groupByBytes(refs.map((ref) => toAscii(JSON.stringify(ref))));
  // A claim must cover everything unfinished. Of several messages, SQS could accept the first and refuse the next.
  const envelope = JSON.stringify({ sentAt, claim: groups.length === 1 ? claim : undefined });
  return groups.map((group) => `{"resume":[${group.join(',')}],${toAscii(envelope).slice(1)}`);
}

/**
 * SQS limits a message to 1 MiB:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_BODY_BYTES = 1_000_000;

function groupByBytes(texts: string[]): string[][] {
  const groups: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    bytes += text.length + 1;
    if (bytes > MAX_BODY_BYTES) {
      groups.push([]);
      bytes = text.length;
    }
    groups.at(-1)?.push(text);
  }
  return groups;
}

/** SQS rejects characters that XML does not allow, and a key may contain them. */
function toAscii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** @throws UnknownNotificationError if numbers are missing or inconsistent */
export function readResumes(body: JsonObject, to: NotificationBuilder): void {
  const resumes = Array.isArray(body.resume) ? body.resume : [body];
  if (resumes.length === 0) to.skip('empty');
  for (const resume of resumes) readResume(resume, to);
  if (isCount(body.sentAt)) to.notification.sentAt = body.sentAt;
  const [parent, handOver] = [textAt(body, 'claim', 'parent'), textAt(body, 'claim', 'handOver')];
  if (parent !== undefined && handOver !== undefined) to.notification.claim = { parent, handOver };
}

function readResume(message: unknown, to: NotificationBuilder): void {
  if (!isObject(message)) throw invalidNumbers();
  const { nextRecord = 0, attempt = 0, ranges, refusals, refusedSince, firstSeen } = message;
  if (!isCount(nextRecord) || !isCount(attempt)) throw invalidNumbers();
  to.addRequested({
    bucket: textAt(message, 'bucket'),
    key: textAt(message, 'key'),
    versionId: textAt(message, 'versionId'),
    etag: textAt(message, 'etag'),
    nextRecord,
    ...(ranges !== undefined && readRanges({ ...message, nextRecord })),
    attempt,
    ...(isCount(refusals) && { refusals }),
    ...(isCount(refusedSince) && { refusedSince }),
    ...(isCount(firstSeen) && { firstSeen }),
  });
}

function readRanges({
  nextRecord,
  ranges,
  nextUnread,
}: JsonObject): Pick<LogObjectRef, 'ranges' | 'nextUnread'> {
  if (!Array.isArray(ranges) || !isCount(nextUnread) || !ranges.every(isRange)) throw invalidNumbers();
  let end = -1;
  for (const [first, last] of ranges) {
    if (first <= end || last < first) throw invalidNumbers();
    end = last;
  }
  if (end >= nextUnread || (ranges[0]?.[0] ?? nextUnread) !== nextRecord) throw invalidNumbers();
  return { ranges, nextUnread };
}

function isRange(value: unknown): value is IndexRange {
  return Array.isArray(value) && value.length === 2 && value.every(isCount);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function invalidNumbers(): UnknownNotificationError {
  return new UnknownNotificationError('a resume message with missing or invalid numbers');
}
