import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { bucketNames, functionNames, secretNames } from '../world.ts';
import { keyArn, objectKey, resource } from './values.ts';

const kms = { service: 'kms', eventVersion: '1.11' } as const;

export const kmsTemplates: readonly Template[] = [
  {
    ...kms,
    event: 'Decrypt',
    actors: ['application'],
    weight: 16,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        keyId: keyArn(call),
        encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        encryptionContext: {
          'aws:s3:arn': `arn:aws:s3:::${steady(call.session, bucketNames)}/${objectKey(call)}`,
        },
      },
      additionalEventData: { keyMaterialId: keyMaterialId(call.session.salt) },
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
    }),
  },
  {
    ...kms,
    event: 'Decrypt',
    variant: 'secret',
    actors: ['application', 'service-role'],
    weight: 6,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        encryptionContext: {
          SecretARN: `arn:aws:secretsmanager:${call.region}:${call.accountId}:secret:${steady(call.session, secretNames)}-AbCdEf`,
          SecretVersionId: call.random.uuid(),
        },
        encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      },
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
      sourceIpAddress: 'secretsmanager.amazonaws.com',
      userAgent: 'secretsmanager.amazonaws.com',
    }),
  },
  {
    ...kms,
    event: 'Decrypt',
    variant: 'by-service',
    actors: ['aws-service'],
    weight: 8,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        encryptionContext: {
          'aws:lambda:FunctionArn': `arn:aws:lambda:${call.region}:${call.accountId}:function:${steady(call.session, functionNames)}`,
        },
      },
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
      sharedEventId: call.random.uuid(),
    }),
  },
  {
    ...kms,
    event: 'GenerateDataKey',
    actors: ['application', 'aws-service'],
    weight: 8,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        keyId: keyArn(call),
        keySpec: 'AES_256',
        encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${steady(call.session, bucketNames)}` },
      },
      additionalEventData: { keyMaterialId: keyMaterialId(call.session.salt) },
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
    }),
  },
  {
    ...kms,
    event: 'CreateGrant',
    actors: ['service-role', 'terraform'],
    weight: 2,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        keyId: keyArn(call),
        granteePrincipal: `arn:aws:iam::${call.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
        operations: [
          'Decrypt',
          'GenerateDataKeyWithoutPlaintext',
          'ReEncryptFrom',
          'ReEncryptTo',
          'CreateGrant',
        ],
        constraints: { encryptionContextSubset: { 'aws:ebs:id': `vol-0${call.random.hex(16)}` } },
        retiringPrincipal: `ec2.${call.region}.amazonaws.com`,
      },
      responseElements: { grantId: call.random.hex(64), keyId: keyArn(call) },
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
    }),
  },
  {
    ...kms,
    event: 'ScheduleKeyDeletion',
    actors: ['console', 'operator'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: { pendingWindowInDays: 7, keyId: keyArn(call) },
      responseElements: {
        keyId: keyArn(call),
        keyState: 'PendingDeletion',
        deletionDate: 'Nov 10, 2026, 12:00:00 AM',
        pendingWindowInDays: 7,
      },
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
    }),
  },
  {
    ...kms,
    event: 'ListKeys',
    actors: ['console', 'service-role'],
    weight: 3,
    readOnly: true,
    build: () => ({ requestParameters: { limit: 1000 } }),
  },
];

/** 64 hexadecimal digits that stay the same as long as the key is not rotated. */
function keyMaterialId(salt: number): string {
  return (salt % 3).toString(16).padStart(64, '96083e4fb6dbdc77');
}
