import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Call, Template } from '../template.ts';
import { clusterNames, roleNames, securityGroupIds, subnetIds } from '../world.ts';
import { awsDate, keyArn } from './values.ts';

const ecs = { service: 'ecs', eventVersion: '1.09' } as const;

export const ecsTemplates: readonly Template[] = [
  {
    ...ecs,
    event: 'PutClusterCapacityProviders',
    actors: ['terraform'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const strategy = [{ capacityProvider: 'FARGATE_SPOT', weight: 4, base: 0 }];
      return {
        requestParameters: {
          cluster: steady(call.session, clusterNames),
          capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
          defaultCapacityProviderStrategy: strategy,
        },
        responseElements: {
          cluster: {
            clusterArn: clusterArn(call),
            clusterName: steady(call.session, clusterNames),
            status: 'ACTIVE',
            registeredContainerInstancesCount: 0,
            runningTasksCount: call.random.int(0, 40),
            pendingTasksCount: 0,
            activeServicesCount: 6,
            statistics: [],
            tags: [],
            settings: [{ name: 'containerInsights', value: 'enhanced' }],
            capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
            defaultCapacityProviderStrategy: strategy,
            attachments: [],
            attachmentsStatus: 'UPDATE_IN_PROGRESS',
          },
        },
      };
    },
  },
  {
    ...ecs,
    event: 'RunTask',
    actors: ['application', 'aws-service', 'service-role'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const taskDefinition = `arn:aws:ecs:${call.region}:${call.accountId}:task-definition/nightly-report:${call.random.int(1, 90)}`;
      return {
        requestParameters: {
          cluster: clusterArn(call),
          launchType: 'FARGATE',
          networkConfiguration: network(),
          startedBy: 'events-rule/nightly',
          taskDefinition,
        },
        responseElements: { tasks: [task(call, taskDefinition)], failures: [] },
      };
    },
  },
  {
    ...ecs,
    event: 'UpdateService',
    actors: ['terraform', 'operator', 'service-role'],
    weight: 2,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        cluster: steady(call.session, clusterNames),
        service: 'shop-api',
        desiredCount: call.random.int(2, 24),
        forceNewDeployment: true,
      },
    }),
  },
];

function task(call: Call, taskDefinitionArn: string): Json {
  const taskArn = `arn:aws:ecs:${call.region}:${call.accountId}:task/${steady(call.session, clusterNames)}/${call.random.hex(32)}`;
  return {
    attachments: [
      {
        id: call.random.uuid(),
        type: 'ElasticNetworkInterface',
        status: 'PRECREATED',
        details: [{ name: 'subnetId', value: subnetIds[0] }],
      },
    ],
    clusterArn: clusterArn(call),
    containers: [
      {
        containerArn: `${taskArn.replace(':task/', ':container/')}/${call.random.uuid()}`,
        taskArn,
        name: 'report',
        image: `${call.accountId}.dkr.ecr.${call.region}.amazonaws.com/shop/api:2026.11`,
        lastStatus: 'PENDING',
        networkInterfaces: [],
        cpu: '0',
      },
    ],
    cpu: '1024',
    memory: '2048',
    createdAt: awsDate(call.time),
    desiredStatus: 'RUNNING',
    enableExecuteCommand: false,
    ephemeralStorage: { sizeInGiB: 20 },
    group: 'family:nightly-report',
    lastStatus: 'PROVISIONING',
    launchType: 'FARGATE',
    overrides: {
      containerOverrides: [{ name: 'report', environment: '*** redacted ***' }],
      taskRoleArn: `arn:aws:iam::${call.accountId}:role/${steady(call.session, roleNames)}`,
      inferenceAcceleratorOverrides: [],
    },
    platformFamily: 'Linux',
    platformVersion: '1.4.0',
    tags: [],
    taskArn,
    taskDefinitionArn,
    version: 1,
    fargateEphemeralStorage: { sizeInGiB: 20, kmsKeyId: keyArn(call) },
  };
}

function network(): Json {
  return {
    awsvpcConfiguration: {
      subnets: [...subnetIds],
      securityGroups: [...securityGroupIds],
      assignPublicIp: 'DISABLED',
    },
  };
}

function clusterArn(call: Call): string {
  return `arn:aws:ecs:${call.region}:${call.accountId}:cluster/${steady(call.session, clusterNames)}`;
}
