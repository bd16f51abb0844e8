import { steady } from '../session.ts';
import type { Call, Template } from '../template.ts';
import { bucketNames, roleNames, userNames } from '../world.ts';
import { s3RequestId } from './s3-bodies.ts';
import { keyArn, objectKey, resource } from './values.ts';

/** Calls that failed: `responseElements` is null, and the message often repeats the caller's ARN. */
export const refusalTemplates: readonly Template[] = [
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
        errorMessage: refusalMessage(call, 's3:GetObject', `"arn:aws:s3:::${bucketName}/${key}"`),
        requestParameters: { bucketName, Host: `${bucketName}.s3.${call.region}.amazonaws.com`, key },
        requestId: s3RequestId(call),
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
      errorMessage: `You are not authorized to perform this operation. Encoded authorization failure message: EXAMPLE${call.random.base64(480)}`,
      requestParameters: {
        instancesSet: { items: [{ imageId: 'ami-0abcdef1234567890', minCount: 20, maxCount: 20 }] },
        instanceType: 'p5.48xlarge',
        blockDeviceMapping: {},
        monitoring: { enabled: false },
      },
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
      errorMessage: refusalMessage(call, 'kms:Decrypt', `the resource associated with this ciphertext`),
      requestParameters: null,
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
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
        errorMessage: refusalMessage(call, 'iam:CreateLoginProfile', `user ${userName}`),
      };
    },
  },
];

/** The message of a call that no policy allows. */
export function refusalMessage(call: Call, action: string, on: string): string {
  const who = `arn:aws:sts::${call.accountId}:assumed-role/${steady(call.session, roleNames)}/session`;
  return `User: ${who} is not authorized to perform: ${action} on resource: ${on} because no identity-based policy allows the ${action} action`;
}
