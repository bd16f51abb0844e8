import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { bucketNames } from '../world.ts';
import { bucketBody, objectBody } from './s3-bodies.ts';
import { keyArn, objectKey } from './values.ts';

const s3 = { service: 's3', eventVersion: '1.11' } as const;
const data = { ...s3, category: 'Data' } as const;

export const s3ObjectTemplates: readonly Template[] = [
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
    event: 'GetObject',
    variant: 'anonymous',
    actors: ['outside-account'],
    weight: 3,
    readOnly: true,
    build: (call) => ({
      ...objectBody(call, 'static/img/logo.svg', { bytesIn: 0, bytesOut: 5_120 }),
      userIdentity: { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' },
      userAgent: '[curl/8.14.1]',
    }),
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
];
