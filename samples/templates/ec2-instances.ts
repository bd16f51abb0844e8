import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { teamTags } from '../world.ts';
import { runInstances } from './run-instances.ts';
import { epochMs, resourceId } from './values.ts';

const ec2 = { service: 'ec2', eventVersion: '1.10' } as const;

export const ec2InstanceTemplates: readonly Template[] = [
  {
    ...ec2,
    event: 'RunInstances',
    actors: ['console', 'terraform', 'service-role', 'operator'],
    weight: 0.5,
    readOnly: false,
    build: runInstances,
  },
  {
    ...ec2,
    event: 'DescribeInstances',
    actors: ['service-role', 'application', 'console', 'operator'],
    weight: 8,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        maxResults: 1000,
        instancesSet: {},
        filterSet: {
          items: [
            {
              name: 'instance-state-name',
              valueSet: { items: [{ value: 'running' }, { value: 'pending' }] },
            },
            { name: 'tag:Team', valueSet: { items: [{ value: steady(call.session, teamTags) }] } },
          ],
        },
      },
    }),
  },
  {
    ...ec2,
    event: 'DescribeInstanceStatus',
    actors: ['console', 'service-role'],
    weight: 4,
    readOnly: true,
    build: () => ({ requestParameters: { instancesSet: {}, filterSet: {}, includeAllInstances: false } }),
  },
  {
    ...ec2,
    event: 'TerminateInstances',
    actors: ['console', 'operator', 'service-role'],
    weight: 2,
    readOnly: false,
    build: (call) => {
      const ids = Array.from({ length: call.random.int(1, 3) }, () => resourceId(call, 'i'));
      return {
        requestParameters: { instancesSet: { items: ids.map((instanceId) => ({ instanceId })) } },
        responseElements: {
          requestId: call.random.uuid(),
          instancesSet: {
            items: ids.map((instanceId) => ({
              instanceId,
              currentState: { code: 32, name: 'shutting-down' },
              previousState: { code: 16, name: 'running' },
            })),
          },
        },
      };
    },
  },
  {
    ...ec2,
    event: 'ModifyInstanceAttribute',
    actors: ['console', 'operator', 'root'],
    weight: 2,
    readOnly: false,
    build: (call) => ({
      requestParameters: { instanceId: resourceId(call, 'i'), userData: '<sensitiveDataRemoved>' },
      responseElements: { requestId: call.random.uuid(), _return: true },
    }),
  },
  {
    ...ec2,
    event: 'CreateTags',
    actors: ['terraform', 'service-role'],
    weight: 4,
    readOnly: false,
    escape: 'non-ascii',
    build: (call) => ({
      requestParameters: {
        resourcesSet: { items: [{ resourceId: resourceId(call, 'i') }] },
        tagSet: { items: [{ key: 'Team', value: call.random.pick(teamTags) }] },
      },
      responseElements: { requestId: call.random.uuid(), _return: true },
    }),
  },
  {
    ...ec2,
    event: 'CreateSnapshot',
    actors: ['application', 'console'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const volumeId = resourceId(call, 'vol');
      const description = 'Nächtliche Sicherung – naprózd 💾';
      return {
        requestParameters: { volumeId, description, tagSpecificationSet: {} },
        responseElements: {
          requestId: call.random.uuid(),
          snapshotId: resourceId(call, 'snap'),
          volumeId,
          status: 'pending',
          startTime: epochMs(call.time),
          ownerId: call.accountId,
          volumeSize: '200',
          description,
          encrypted: true,
        },
      };
    },
  },
];
