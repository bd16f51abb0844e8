import { steady } from '../session.ts';
import type { Call, Template } from '../template.ts';
import { bucketNames, functionNames, roleNames, tableNames, userNames } from '../world.ts';
import { keyArn, objectKey, resource } from './values.ts';

/** Calls that failed: `responseElements` is null, and the message often repeats the caller's ARN. */
export const errorTemplates: readonly Template[] = [
  {
    service: 's3',
    event: 'GetObject',
    variant: 'AccessDenied',
    category: 'Data',
    actors: ['application', 'outside-account', 'federated'],
    weight: 2,
    readOnly: true,
    build: (call) => {
      const bucketName = steady(call.session, bucketNames);
      const key = objectKey(call);
      return {
        errorCode: 'AccessDenied',
        errorMessage: refused(call, 's3:GetObject', `"arn:aws:s3:::${bucketName}/${key}"`),
        requestParameters: { bucketName, Host: `${bucketName}.s3.${call.region}.amazonaws.com`, key },
        requestId: call.random.text(16, '0123456789ABCDEFGHJKMNPQRSTVWXYZ'),
        resources: [
          { accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
        ],
      };
    },
  },
  {
    service: 's3',
    event: 'GetBucketPolicy',
    variant: 'NoSuchBucketPolicy',
    actors: ['service-role', 'console', 'terraform'],
    weight: 4,
    readOnly: true,
    build: (call) => {
      const bucketName = call.random.pick(bucketNames);
      return {
        errorCode: 'NoSuchBucketPolicy',
        errorMessage: 'The bucket policy does not exist',
        requestParameters: { bucketName, Host: `${bucketName}.s3.${call.region}.amazonaws.com`, policy: '' },
        requestId: call.random.text(16, '0123456789ABCDEFGHJKMNPQRSTVWXYZ'),
        resources: [
          { accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
        ],
      };
    },
  },
  {
    service: 'ec2',
    event: 'RunInstances',
    variant: 'UnauthorizedOperation',
    actors: ['operator', 'console'],
    weight: 1,
    readOnly: false,
    eventVersion: '1.10',
    build: (call) => ({
      errorCode: 'Client.UnauthorizedOperation',
      errorMessage: `You are not authorized to perform this operation. Encoded authorization failure message: EXAMPLE${call.random.text(480, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')}`,
      requestParameters: {
        instancesSet: { items: [{ imageId: 'ami-0abcdef1234567890', minCount: 20, maxCount: 20 }] },
        instanceType: 'p5.48xlarge',
        blockDeviceMapping: {},
        monitoring: { enabled: false },
      },
    }),
  },
  {
    service: 'ec2',
    event: 'DescribeInstances',
    variant: 'RequestLimitExceeded',
    actors: ['service-role', 'application'],
    weight: 2,
    readOnly: true,
    eventVersion: '1.10',
    build: () => ({
      errorCode: 'Client.RequestLimitExceeded',
      errorMessage: 'Request limit exceeded.',
      requestParameters: { maxResults: 1000, instancesSet: {}, filterSet: {} },
    }),
  },
  {
    service: 'kms',
    event: 'Decrypt',
    variant: 'AccessDenied',
    actors: ['application'],
    weight: 1,
    readOnly: true,
    build: (call) => ({
      errorCode: 'AccessDenied',
      errorMessage: refused(call, 'kms:Decrypt', `the resource associated with this ciphertext`),
      requestParameters: null,
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
    }),
  },
  {
    service: 'lambda',
    event: 'Invoke',
    variant: 'ThrottlingException',
    category: 'Data',
    actors: ['application'],
    weight: 2,
    readOnly: false,
    build: (call) => ({
      errorCode: 'TooManyRequestsException',
      errorMessage: 'Rate Exceeded.',
      requestParameters: {
        functionName: `arn:aws:lambda:${call.region}:${call.accountId}:function:${steady(call.session, functionNames)}`,
        invocationType: 'Event',
      },
    }),
  },
  {
    service: 'ssm',
    event: 'GetParametersByPath',
    variant: 'ThrottlingException',
    actors: ['application', 'terraform'],
    weight: 2,
    readOnly: true,
    build: () => ({
      errorCode: 'ThrottlingException',
      errorMessage: 'Rate exceeded',
      requestParameters: { path: '/prod/', recursive: true, withDecryption: true, maxResults: 10 },
    }),
  },
  {
    service: 'iam',
    event: 'GetRole',
    variant: 'NoSuchEntityException',
    actors: ['terraform', 'operator'],
    weight: 2,
    readOnly: true,
    region: 'us-east-1',
    build: (call) => ({
      errorCode: 'NoSuchEntityException',
      errorMessage: `The role with name ${steady(call.session, roleNames)}-old cannot be found.`,
      requestParameters: { roleName: `${steady(call.session, roleNames)}-old` },
    }),
  },
  {
    service: 'iam',
    event: 'CreateLoginProfile',
    variant: 'AccessDenied',
    actors: ['operator', 'federated'],
    weight: 1,
    readOnly: false,
    region: 'us-east-1',
    build: (call) => {
      const userName = steady(call.session, userNames);
      return {
        errorCode: 'AccessDenied',
        errorMessage: refused(call, 'iam:CreateLoginProfile', `user ${userName}`),
      };
    },
  },
  {
    service: 'dynamodb',
    event: 'DescribeTable',
    variant: 'ResourceNotFoundException',
    actors: ['application', 'terraform'],
    weight: 2,
    readOnly: true,
    apiVersion: '2012-08-10',
    build: (call) => {
      const tableName = `${steady(call.session, tableNames)}-archive`;
      const arn = `arn:aws:dynamodb:${call.region}:${call.accountId}:table/${tableName}`;
      return {
        errorCode: 'ResourceNotFoundException',
        errorMessage: `Requested resource not found: Table: ${tableName} not found`,
        requestParameters: { tableName },
        resources: [resource(call.accountId, 'AWS::DynamoDB::Table', arn)],
      };
    },
  },
];

function refused(call: Call, action: string, on: string): string {
  const who = `arn:aws:sts::${call.accountId}:assumed-role/${steady(call.session, roleNames)}/session`;
  return `User: ${who} is not authorized to perform: ${action} on resource: ${on} because no identity-based policy allows the ${action} action`;
}
