import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { accountIds, secretNames } from '../world.ts';
import { awsDate, keyArn, resource, resourceId } from './values.ts';

/** Events of a service's own doing: no request, and what happened in `serviceEventDetails`. */
const own = { eventType: 'AwsServiceEvent', actors: ['aws-service'], weight: 1 } as const;

export const serviceEventTemplates: readonly Template[] = [
  {
    ...own,
    service: 'kms',
    event: 'RotateKey',
    readOnly: false,
    eventVersion: '1.11',
    build: (call) => ({
      userIdentity: { accountId: call.accountId, invokedBy: 'AWS Internal' },
      sourceIpAddress: 'AWS Internal',
      userAgent: 'AWS Internal',
      requestId: null,
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
      serviceEventDetails: {
        rotationType: 'AUTOMATIC',
        keyOrigin: 'AWS_KMS',
        previousKeyMaterialId: call.random.hex(64),
        currentKeyMaterialId: call.random.hex(64),
        backingKeyId: call.random.hex(64),
      },
    }),
  },
  {
    ...own,
    service: 'elasticfilesystem',
    event: 'NewClientConnection',
    actors: ['application'],
    weight: 3,
    readOnly: true,
    eventVersion: '1.08',
    build: (call) => {
      const arn = `arn:aws:elasticfilesystem:${call.region}:${call.accountId}`;
      return {
        sourceIpAddress: 'AWS Internal',
        userAgent: 'elasticfilesystem',
        requestId: null,
        resources: [
          resource(call.accountId, 'AWS::EFS::FileSystem', `${arn}:file-system/fs-0123456789abcdef0`),
          resource(
            call.accountId,
            'AWS::EFS::AccessPoint',
            `${arn}:access-point/${resourceId(call, 'fsap')}`,
          ),
        ],
        serviceEventDetails: {
          permissions: { ClientRootAccess: false, ClientMount: true, ClientWrite: true },
          sourceIpAddress: `10.0.${call.random.int(0, 15)}.${call.random.int(4, 250)}`,
        },
      };
    },
  },
  {
    ...own,
    service: 'ec2',
    event: 'BidEvictedEvent',
    readOnly: false,
    eventVersion: '1.08',
    build: (call) => ({
      userIdentity: { accountId: call.accountId, invokedBy: 'ec2.amazonaws.com' },
      sourceIpAddress: 'ec2.amazonaws.com',
      userAgent: 'ec2.amazonaws.com',
      requestId: null,
      serviceEventDetails: { instanceIdSet: [resourceId(call, 'i')] },
    }),
  },
  {
    ...own,
    service: 'secretsmanager',
    event: 'RotationSucceeded',
    readOnly: false,
    eventVersion: '1.08',
    build: (call) => ({
      userIdentity: {
        type: 'AWSService',
        invokedBy: 'secretsmanager.amazonaws.com',
      },
      sourceIpAddress: 'secretsmanager.amazonaws.com',
      userAgent: 'secretsmanager.amazonaws.com',
      requestId: null,
      additionalEventData: {
        SecretId: `arn:aws:secretsmanager:${call.region}:${call.accountId}:secret:${steady(call.session, secretNames)}-AbCdEf`,
        RotationLambdaARN: `arn:aws:lambda:${call.region}:${call.accountId}:function:rotate-db`,
      },
    }),
  },
  {
    ...own,
    service: 'organizations',
    event: 'CreateAccountResult',
    readOnly: false,
    eventVersion: '1.08',
    region: 'us-east-1',
    build: (call) => ({
      userIdentity: { accountId: call.accountId, invokedBy: 'AWS Internal' },
      sourceIpAddress: 'AWS Internal',
      userAgent: 'AWS Internal',
      requestId: null,
      serviceEventDetails: {
        createAccountStatus: {
          id: `car-${call.random.hex(32)}`,
          state: 'SUCCEEDED',
          accountName: '****',
          accountId: call.random.pick(accountIds),
          requestedTimestamp: awsDate(call.time),
          completedTimestamp: awsDate(call.time),
        },
      },
    }),
  },
  {
    ...own,
    service: 'health',
    event: 'HealthEvent',
    readOnly: false,
    build: (call) => ({
      userIdentity: { type: 'AWSService', invokedBy: 'health.amazonaws.com' },
      sourceIpAddress: 'health.amazonaws.com',
      userAgent: 'health.amazonaws.com',
      requestId: null,
      serviceEventDetails: { service: 'EC2', eventTypeCode: 'AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED' },
      // An event that CloudTrail delivered late says so in an addendum.
      addendum: {
        reason: 'DELIVERY_DELAY',
        originalRequestID: call.random.uuid(),
        originalEventID: call.random.uuid(),
      },
    }),
  },
];
