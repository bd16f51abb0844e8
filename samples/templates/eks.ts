import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { clusterNames, repositoryNames } from '../world.ts';
import { awsDate, resource } from './values.ts';

const eks = { service: 'eks', eventVersion: '1.09' } as const;
const ecr = { service: 'ecr', eventVersion: '1.08' } as const;

export const eksTemplates: readonly Template[] = [
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
