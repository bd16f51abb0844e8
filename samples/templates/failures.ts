import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { bucketNames, functionNames, roleNames, tableNames } from '../world.ts';
import { s3RequestId } from './s3-bodies.ts';
import { resource } from './values.ts';

/** Calls that failed: `responseElements` is null, and the message often repeats the caller's ARN. */
export const failureTemplates: readonly Template[] = [
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
        requestId: s3RequestId(call),
        resources: [
          { accountId: call.accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
        ],
      };
    },
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
    service: 'lambda',
    event: 'Invoke',
    variant: 'TooManyRequestsException',
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
