import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Call } from '../template.ts';
import { bucketNames, keyIds, keyPrefixes } from '../world.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-11-03T08:05:09Z` as some services write it inside a response: `Nov 3, 2026, 8:05:09 AM`. */
export function awsDate(time: string, hoursLater = 0): string {
  const date = new Date(Date.parse(time) + hoursLater * 3_600_000);
  const hour = date.getUTCHours();
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${time.slice(14, 19)} ${hour < 12 ? 'AM' : 'PM'}`;
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${clock}`;
}

/** Milliseconds since 1970, as EC2 writes `launchTime`. */
export function epochMs(time: string): number {
  return Date.parse(time);
}

/** A policy as the text it is in a request: JSON inside JSON, with quotes and line ends escaped. */
export function policyDocument(call: Call, form: 'trust' | 'pretty'): string {
  if (form === 'trust') {
    return JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: call.random.pick(['ec2.amazonaws.com', 'lambda.amazonaws.com']) },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'aws:SourceAccount': call.accountId } },
        },
      ],
    });
  }
  const bucket = steady(call.session, bucketNames);
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'ReadObjects',
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:ListBucket'],
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        },
        { Sid: 'UseKey', Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn(call) },
      ],
    },
    null,
    2,
  );
}

/** The KMS key that the session works with. */
export function keyArn(call: Call): string {
  return `arn:aws:kms:${call.region}:${call.accountId}:key/${steady(call.session, keyIds)}`;
}

export function objectKey(call: Call): string {
  const extension = call.random.pick(['parquet', 'json.gz', 'csv']);
  return `${steady(call.session, keyPrefixes)}/part-${String(call.random.int(0, 9999)).padStart(5, '0')}.${extension}`;
}

/** An id in the long form, such as `i-0a1b2c3d4e5f67890`. */
export function resourceId(call: Call, prefix: string): string {
  return `${prefix}-0${call.random.hex(16)}`;
}

export function resource(accountId: string, type: string, arn: string): Json {
  return { accountId, type, ARN: arn };
}
