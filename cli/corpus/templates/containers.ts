import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Call, Template } from '../template.ts';
import { clusterNames, repositoryNames, roleNames, securityGroupIds, subnetIds } from '../world.ts';
import { awsDate, keyArn, resource } from './values.ts';

const ecs = { service: 'ecs', eventVersion: '1.09' } as const;
const eks = { service: 'eks', eventVersion: '1.09' } as const;
const ecr = { service: 'ecr', eventVersion: '1.08' } as const;

export const containerTemplates: readonly Template[] = [
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
    weight: 2,
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
  {
    ...eks,
    event: 'DescribeCluster',
    actors: ['console', 'terraform', 'application', 'operator'],
    weight: 4,
    readOnly: true,
    build: (call) => ({ requestParameters: { name: steady(call.session, clusterNames) } }),
  },
  {
    ...eks,
    event: 'UpdateClusterConfig',
    actors: ['terraform', 'operator'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        name: steady(call.session, clusterNames),
        resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] },
        clientRequestToken: call.random.uuid(),
      },
      responseElements: {
        update: {
          id: call.random.uuid(),
          status: 'InProgress',
          type: 'EndpointAccessUpdate',
          params: [
            { type: 'EndpointPublicAccess', value: 'true' },
            { type: 'PublicAccessCidrs', value: '["0.0.0.0/0"]' },
          ],
          createdAt: awsDate(call.time),
          errors: [],
        },
      },
    }),
  },
  {
    ...ecr,
    event: 'BatchGetImage',
    actors: ['application', 'service-role'],
    weight: 5,
    readOnly: true,
    build: (call) => {
      const repositoryName = steady(call.session, repositoryNames);
      return {
        requestParameters: {
          repositoryName,
          registryId: call.accountId,
          imageIds: [{ imageDigest: `sha256:${call.random.hex(64)}` }],
          acceptedMediaTypes: [
            'application/vnd.oci.image.index.v1+json',
            'application/vnd.oci.image.manifest.v1+json',
            'application/vnd.docker.distribution.manifest.v2+json',
          ],
        },
        resources: [
          resource(
            call.accountId,
            'AWS::ECR::Repository',
            `arn:aws:ecr:${call.region}:${call.accountId}:repository/${repositoryName}`,
          ),
        ],
      };
    },
  },
  {
    ...ecr,
    event: 'GetAuthorizationToken',
    actors: ['application', 'terraform'],
    weight: 3,
    readOnly: true,
    build: () => ({}),
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
