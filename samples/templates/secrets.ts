import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { secretNames } from '../world.ts';
import { awsDate, resourceId } from './values.ts';

const secretsManager = { service: 'secretsmanager', eventVersion: '1.08' } as const;
const ssm = { service: 'ssm', eventVersion: '1.08' } as const;

export const secretTemplates: readonly Template[] = [
  {
    ...secretsManager,
    event: 'GetSecretValue',
    actors: ['application', 'operator', 'console'],
    weight: 7,
    readOnly: true,
    build: (call) => ({
      requestParameters: { secretId: steady(call.session, secretNames), versionStage: 'AWSCURRENT' },
    }),
  },
  {
    ...secretsManager,
    event: 'PutSecretValue',
    actors: ['application', 'terraform'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        secretId: steady(call.session, secretNames),
        clientRequestToken: call.random.uuid(),
        versionStages: ['AWSPENDING'],
      },
      responseElements: {
        arn: `arn:aws:secretsmanager:${call.region}:${call.accountId}:secret:${steady(call.session, secretNames)}-AbCdEf`,
      },
    }),
  },
  {
    ...ssm,
    event: 'GetParameter',
    actors: ['application', 'terraform'],
    weight: 6,
    readOnly: true,
    build: (call) => ({
      requestParameters: { name: `/${steady(call.session, secretNames)}/host`, withDecryption: true },
      resources: [
        {
          accountId: call.accountId,
          ARN: `arn:aws:ssm:${call.region}:${call.accountId}:parameter/${steady(call.session, secretNames)}/host`,
        },
      ],
    }),
  },
  {
    ...ssm,
    event: 'StartSession',
    actors: ['operator', 'console'],
    weight: 2,
    readOnly: false,
    build: (call) => {
      const sessionId = `alice-${call.random.hex(17)}`;
      return {
        requestParameters: { target: resourceId(call, 'i'), reason: 'Incident № 42: disque plein 😬' },
        responseElements: {
          sessionId,
          tokenValue: 'Value hidden due to security reasons.',
          streamUrl: `wss://ssmmessages.${call.region}.amazonaws.com/v1/data-channel/${sessionId}?role=publish_subscribe`,
        },
      };
    },
  },
  {
    ...ssm,
    event: 'SendCommand',
    actors: ['operator', 'application', 'console'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const instanceIds = [resourceId(call, 'i'), resourceId(call, 'i')];
      return {
        requestParameters: {
          documentName: 'AWS-RunShellScript',
          instanceIds,
          parameters: 'HIDDEN_DUE_TO_SECURITY_REASONS',
          timeoutSeconds: 600,
          interactive: false,
        },
        responseElements: {
          command: {
            commandId: call.random.uuid(),
            documentName: 'AWS-RunShellScript',
            documentVersion: '$DEFAULT',
            comment: '',
            expiresAfter: awsDate(call.time, 2),
            parameters: 'HIDDEN_DUE_TO_SECURITY_REASONS',
            instanceIds,
            targets: [],
            requestedDateTime: awsDate(call.time),
            status: 'Pending',
            statusDetails: 'Pending',
            outputS3BucketName: '',
            outputS3KeyPrefix: '',
            maxConcurrency: '50',
            maxErrors: '0',
            targetCount: 2,
            completedCount: 0,
            errorCount: 0,
            deliveryTimedOutCount: 0,
            serviceRole: '',
            notificationConfig: { notificationArn: '', notificationEvents: [], notificationType: '' },
            cloudWatchOutputConfig: { cloudWatchLogGroupName: '', cloudWatchOutputEnabled: false },
            timeoutSeconds: 600,
          },
        },
      };
    },
  },
  {
    ...ssm,
    event: 'UpdateInstanceInformation',
    actors: ['application'],
    weight: 8,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        instanceId: `i-0${call.session.salt.toString(16).padStart(16, '0')}`,
        agentVersion: '3.3.3050.0',
        agentStatus: 'Active',
        platformType: 'Linux',
        platformName: 'Amazon Linux',
        platformVersion: '2023',
        iPAddress: '10.0.4.17',
        computerName: `ip-10-0-4-17.${call.region}.compute.internal`,
        agentName: 'amazon-ssm-agent',
        availabilityZone: `${call.region}a`,
        availabilityZoneId: 'euw3-az1',
        sSMConnectionChannel: 'ssmmessages',
      },
    }),
  },
];
