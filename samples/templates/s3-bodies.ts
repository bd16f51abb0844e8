import { decimal, type Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Call } from '../template.ts';
import { bucketNames } from '../world.ts';

/** What every call on an object has in common. */
export function objectBody(call: Call, key: string, bytes: { bytesIn: number; bytesOut: number }): Body {
  const bucketName = steady(call.session, bucketNames);
  return {
    requestParameters: { bucketName, Host: hostOf(call, bucketName), key },
    additionalEventData: transfer(call, bytes.bytesIn, bytes.bytesOut),
    requestId: s3RequestId(call),
    resources: [
      { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucketName}/${key}` },
      { accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
    ],
  };
}

/** What every call on a bucket has in common. */
export function bucketBody(
  call: Call,
  bucketName: string,
  parameters: { readonly [key: string]: Json },
): Body {
  return {
    requestParameters: { bucketName, Host: hostOf(call, bucketName), ...parameters },
    additionalEventData: transfer(call, 0, 0),
    requestId: s3RequestId(call),
    resources: [{ accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` }],
  };
}

function hostOf(call: Call, bucketName: string): string {
  return `${bucketName}.s3.${call.region}.amazonaws.com`;
}

/** S3 writes its byte counts as fractions: `342.0`. */
export function transfer(call: Call, bytesIn: number, bytesOut: number): Json {
  return {
    SignatureVersion: 'SigV4',
    CipherSuite: call.session.tls?.cipherSuite ?? 'ECDHE-RSA-AES128-GCM-SHA256',
    bytesTransferredIn: decimal(bytesIn),
    AuthenticationMethod: 'AuthHeader',
    'x-amz-id-2': `${call.random.base64(75)}=`,
    bytesTransferredOut: decimal(bytesOut),
  };
}

/** 16 characters, where other services have a UUID. */
export function s3RequestId(call: Call): string {
  return call.random.text(16, '0123456789ABCDEFGHJKMNPQRSTVWXYZ');
}
