import { decimal, type Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Call, Template } from '../template.ts';
import { bucketNames, vpcEndpointIds } from '../world.ts';
import { keyArn, objectKey } from './values.ts';

const s3 = { service: 's3', eventVersion: '1.11' } as const;
const data = { ...s3, category: 'Data' } as const;

export const s3Templates: readonly Template[] = [
  {
    ...data,
    event: 'GetObject',
    actors: ['application', 'federated', 'outside-account'],
    weight: 26,
    readOnly: true,
    build: (call) =>
      objectBody(call, objectKey(call), { bytesIn: 0, bytesOut: call.random.int(90, 9_000_000) }),
  },
  {
    ...data,
    event: 'GetObject',
    variant: 'key-beyond-ascii',
    actors: ['console', 'application'],
    weight: 1,
    readOnly: true,
    build: (call) =>
      objectBody(call, 'exports/été 2026/résumé + annexe №1 ✅.pdf', { bytesIn: 0, bytesOut: 48_213 }),
  },
  {
    ...data,
    event: 'PutObject',
    actors: ['application'],
    weight: 14,
    readOnly: false,
    build: (call) => {
      const bytesIn = call.random.pick([342, 1_205, call.random.int(2_000, 60_000_000)]);
      return {
        ...objectBody(call, objectKey(call), { bytesIn, bytesOut: 0 }),
        responseElements: {
          'x-amz-server-side-encryption': 'aws:kms',
          'x-amz-server-side-encryption-aws-kms-key-id': keyArn(call),
          'x-amz-server-side-encryption-bucket-key-enabled': 'true',
        },
      };
    },
  },
  {
    ...data,
    event: 'DeleteObject',
    actors: ['application', 'operator'],
    weight: 4,
    readOnly: false,
    build: (call) => objectBody(call, objectKey(call), { bytesIn: 0, bytesOut: 0 }),
  },
  {
    ...data,
    event: 'HeadObject',
    actors: ['application'],
    weight: 6,
    readOnly: true,
    build: (call) => objectBody(call, objectKey(call), { bytesIn: 0, bytesOut: 0 }),
  },
  {
    ...data,
    event: 'ListObjects',
    actors: ['application', 'operator', 'federated'],
    weight: 4,
    readOnly: true,
    build: (call) => {
      const bucketName = steady(call.session, bucketNames);
      return {
        ...bucketBody(call, bucketName, {
          'list-type': '2',
          'max-keys': '1000',
          prefix: 'raw/',
          'encoding-type': 'url',
        }),
        resources: [
          { type: 'AWS::S3::Object', ARNPrefix: `arn:aws:s3:::${bucketName}/raw/` },
          { accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
        ],
      };
    },
  },
  {
    ...s3,
    event: 'CreateBucket',
    actors: ['terraform', 'console'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const bucketName = `example-${call.random.hex(8)}`;
      return bucketBody(call, bucketName, {
        CreateBucketConfiguration: {
          LocationConstraint: call.region,
          xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/',
        },
      });
    },
  },
  {
    ...s3,
    event: 'PutBucketPolicy',
    actors: ['terraform', 'console', 'operator'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const bucketName = steady(call.session, bucketNames);
      const statement = {
        Sid: 'OnlyThroughEndpoint',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${bucketName}`, `arn:aws:s3:::${bucketName}/*`],
        Condition: {
          StringNotEquals: { 'aws:SourceVpce': [...vpcEndpointIds] },
          Bool: { 'aws:SecureTransport': false },
        },
      };
      return bucketBody(call, bucketName, {
        bucketPolicy: { Version: '2012-10-17', Statement: [statement] },
        policy: '',
      });
    },
  },
  {
    ...s3,
    event: 'GetBucketAcl',
    actors: ['service-role', 'console'],
    weight: 5,
    readOnly: true,
    build: (call) => bucketBody(call, call.random.pick(bucketNames), { acl: '' }),
  },
  {
    ...s3,
    event: 'PutBucketEncryption',
    actors: ['terraform'],
    weight: 1,
    readOnly: false,
    build: (call) =>
      bucketBody(call, steady(call.session, bucketNames), {
        encryption: '',
        ServerSideEncryptionConfiguration: {
          Rule: {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn(call) },
            BucketKeyEnabled: true,
          },
          xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/',
        },
      }),
  },
  {
    ...s3,
    event: 'ListBuckets',
    actors: ['console', 'operator', 'root'],
    weight: 3,
    readOnly: true,
    build: (call) => ({
      requestParameters: { Host: `s3.${call.region}.amazonaws.com` },
      additionalEventData: transfer(call, 0, 1_873),
      requestId: requestId(call),
    }),
  },
];

function objectBody(call: Call, key: string, bytes: { bytesIn: number; bytesOut: number }): Body {
  const bucketName = steady(call.session, bucketNames);
  return {
    requestParameters: { bucketName, Host: hostOf(call, bucketName), key },
    additionalEventData: transfer(call, bytes.bytesIn, bytes.bytesOut),
    requestId: requestId(call),
    resources: [
      { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucketName}/${key}` },
      { accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
    ],
  };
}

function bucketBody(call: Call, bucketName: string, parameters: { readonly [key: string]: Json }): Body {
  return {
    requestParameters: { bucketName, Host: hostOf(call, bucketName), ...parameters },
    additionalEventData: transfer(call, 0, 0),
    requestId: requestId(call),
    resources: [{ accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` }],
  };
}

function hostOf(call: Call, bucketName: string): string {
  return `${bucketName}.s3.${call.region}.amazonaws.com`;
}

/** S3 writes its byte counts as fractions: `342.0`. */
function transfer(call: Call, bytesIn: number, bytesOut: number): Json {
  return {
    SignatureVersion: 'SigV4',
    CipherSuite: call.session.tls?.cipherSuite ?? 'ECDHE-RSA-AES128-GCM-SHA256',
    bytesTransferredIn: decimal(bytesIn),
    AuthenticationMethod: 'AuthHeader',
    'x-amz-id-2': `${call.random.text(75, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')}=`,
    bytesTransferredOut: decimal(bytesOut),
  };
}

function requestId(call: Call): string {
  return call.random.text(16, '0123456789ABCDEFGHJKMNPQRSTVWXYZ');
}
