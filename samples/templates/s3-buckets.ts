import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { bucketNames, vpcEndpointIds } from '../world.ts';
import { bucketBody, s3RequestId, transfer } from './s3-bodies.ts';
import { keyArn } from './values.ts';

const s3 = { service: 's3', eventVersion: '1.11' } as const;

export const s3BucketTemplates: readonly Template[] = [
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
      requestId: s3RequestId(call),
    }),
  },
];
