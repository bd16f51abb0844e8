import { createHash } from 'node:crypto';
import type { Json } from './json-text.ts';
import type { Random } from './random.ts';

export interface NotifiedObject {
  readonly bucket: string;
  /** Key in the bucket, not encoded. */
  readonly key: string;
  readonly time: Date;
  /** Omitted for a removed object. */
  readonly bytes?: Buffer;
  readonly versionId?: string;
  /** @default 'ObjectCreated:Put' */
  readonly eventName?: 'ObjectCreated:Put' | 'ObjectCreated:CompleteMultipartUpload' | 'ObjectRemoved:Delete';
}

/**
 * Builds one record of an S3 event notification:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function notificationRecord(random: Random, object: NotifiedObject): Json {
  const eventName = object.eventName ?? 'ObjectCreated:Put';
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-west-3',
    eventTime: object.time.toISOString(),
    eventName,
    userIdentity: { principalId: `AWS:AROA${random.base32(10)}EXAMPLE:regionalDeliverySession` },
    requestParameters: { sourceIPAddress: `192.0.2.${random.int(1, 254)}` },
    responseElements: {
      'x-amz-request-id': random.text(16, '0123456789ABCDEFGHJKMNPQRSTVWXYZ'),
      'x-amz-id-2': `${random.base64(75)}=`,
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'trail-objects',
      bucket: {
        name: object.bucket,
        ownerIdentity: { principalId: 'A3NL1KOZZKEXAMPLE' },
        arn: `arn:aws:s3:::${object.bucket}`,
      },
      object: {
        key: encodeKey(object.key),
        size: object.bytes?.length,
        eTag: object.bytes && eTagOf(object.bytes, eventName),
        versionId: object.versionId,
        sequencer: `00${random.hex(16).toUpperCase()}`,
      },
    },
  };
}

/** Builds the test event that S3 sends once to a new target, to check its permission. */
export function testEvent(random: Random, bucket: string, time: Date): Json {
  return {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: time.toISOString(),
    Bucket: bucket,
    RequestId: random.text(16, '0123456789ABCDEFGHJKMNPQRSTVWXYZ'),
    HostId: `${random.base64(75)}=`,
  };
}

/** Form-encodes a key like S3: a space becomes `+`, `/` and `A-Za-z0-9.-_*` stay, the rest is percent-encoded UTF-8. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}

/** Returns the MD5 of the bytes, or for multipart uploads (here one part) the MD5 of the parts' MD5s and their count. */
function eTagOf(bytes: Buffer, eventName: string): string {
  const md5 = createHash('md5').update(bytes);
  if (eventName !== 'ObjectCreated:CompleteMultipartUpload') return md5.digest('hex');
  return `${createHash('md5').update(md5.digest()).digest('hex')}-1`;
}
