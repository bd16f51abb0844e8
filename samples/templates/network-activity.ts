import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { secretNames } from '../world.ts';
import { s3RequestId } from './s3-bodies.ts';
import { keyArn, resource } from './values.ts';

/**
 * What passed, or was refused, at a VPC endpoint, recorded for the endpoint's owner:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
 */
const endpoint = {
  category: 'NetworkActivity',
  eventType: 'AwsVpceEvent',
  eventVersion: '1.09',
  actors: ['outside-account'],
} as const;

const refusal = {
  errorCode: 'VpceAccessDenied',
  errorMessage: 'The request was denied due to a VPC endpoint policy',
} as const;

export const networkActivityTemplates: readonly Template[] = [
  {
    ...endpoint,
    service: 'kms',
    event: 'Decrypt',
    variant: 'network-activity',
    weight: 6,
    readOnly: true,
    build: (call) => ({
      requestParameters: null,
      resources: [resource(call.accountId, 'AWS::KMS::Key', keyArn(call))],
    }),
  },
  {
    ...endpoint,
    service: 'secretsmanager',
    event: 'GetSecretValue',
    variant: 'refused-at-endpoint',
    weight: 3,
    readOnly: true,
    build: (call) => ({
      ...refusal,
      resources: [
        resource(
          call.accountId,
          'AWS::SecretsManager::Secret',
          `arn:aws:secretsmanager:${call.region}:${call.accountId}:secret:${steady(call.session, secretNames)}-AbCdEf`,
        ),
      ],
    }),
  },
  {
    ...endpoint,
    service: 'ec2',
    event: 'DescribeInstances',
    variant: 'network-activity',
    weight: 3,
    readOnly: true,
    build: () => ({}),
  },
  {
    ...endpoint,
    service: 's3',
    event: 'PutObject',
    variant: 'refused-at-endpoint',
    weight: 3,
    readOnly: false,
    build: (call) => ({
      ...refusal,
      requestId: s3RequestId(call),
    }),
  },
];
