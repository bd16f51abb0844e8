import { isObject, type JsonObject, textAt } from './json-member.ts';
import type { LogObjectRef } from './log-object-ref.ts';
import type { Claim, NotificationBuilder } from './notification.ts';
import type { RecordRange } from './remaining-records.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/**
 * The rest of log objects, as one invocation hands it to a later one:
 *
 *   { bucket, key, versionId, etag,         which object; read under this version or ETag and no other
 *     nextRecord,                           the lowest record not acknowledged
 *     ranges: [[3,4],[9,9]], nextUnread,    what is not acknowledged, and the first record not read;
 *                                           both left out if that is all from nextRecord on
 *     attempt, refusals, refusedSince, firstSeen,
 *     sentAt, claim: { parent, handOver } }
 *
 * or several as { resume: [ … ], sentAt, claim }. What a person asks for has a bucket and a key, and may have the rest.
 * A version of this function that knows only `nextRecord` and `attempt`
 * starts at the lowest record: it sends some twice and skips none.
 *
 * @param sentAt milliseconds since 1970
 * @param claim  `undefined` if the message that is handed over has no id
 */
export function formatResumes(refs: LogObjectRef[], sentAt: number, claim: Claim | undefined): string[] {
  const [only] = refs;
  if (only && refs.length === 1) return [toAscii(JSON.stringify({ ...only, sentAt, claim }))];
  const groups = groupByBytes(refs.map((ref) => toAscii(JSON.stringify(ref))));
  // Whoever claims must have all that was left undone. Of several messages the first may be sent and the next refused.
  const envelope = JSON.stringify({ sentAt, claim: groups.length === 1 ? claim : undefined });
  return groups.map((group) => `{"resume":[${group.join(',')}],${toAscii(envelope).slice(1)}`);
}

/**
 * A message has 1 MiB at most:
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

/** SQS refuses characters that XML does not have, and a key may hold them. */
function toAscii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** @throws UnknownNotificationError if its numbers are missing or do not go together */
export function readResumes(body: JsonObject, to: NotificationBuilder): void {
  const resumes = Array.isArray(body.resume) ? body.resume : [body];
  if (resumes.length === 0) to.skip('empty');
  for (const resume of resumes) readResume(resume, to);
  if (isCount(body.sentAt)) to.notification.sentAt = body.sentAt;
  const [parent, handOver] = [textAt(body, 'claim', 'parent'), textAt(body, 'claim', 'handOver')];
  if (parent !== undefined && handOver !== undefined) to.notification.claim = { parent, handOver };
}

function readResume(message: unknown, to: NotificationBuilder): void {
  if (!isObject(message)) throw wrongNumbers();
  const { nextRecord = 0, attempt = 0, ranges, refusals, refusedSince, firstSeen } = message;
  if (!isCount(nextRecord) || !isCount(attempt)) throw wrongNumbers();
  to.demand({
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
  if (!Array.isArray(ranges) || !isCount(nextUnread) || !ranges.every(isRange)) throw wrongNumbers();
  let end = -1;
  for (const [first, last] of ranges) {
    if (first <= end || last < first) throw wrongNumbers();
    end = last;
  }
  if (end >= nextUnread || (ranges[0]?.[0] ?? nextUnread) !== nextRecord) throw wrongNumbers();
  return { ranges, nextUnread };
}

function isRange(value: unknown): value is RecordRange {
  return Array.isArray(value) && value.length === 2 && value.every(isCount);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function wrongNumbers(): UnknownNotificationError {
  return new UnknownNotificationError('a resume message without its numbers');
}
