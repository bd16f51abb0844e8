import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { securityGroupIds, subnetIds, vpcId } from '../world.ts';
import { resourceId } from './values.ts';

const ec2 = { service: 'ec2', eventVersion: '1.10' } as const;

export const ec2NetworkTemplates: readonly Template[] = [
  {
    ...ec2,
    event: 'AuthorizeSecurityGroupIngress',
    actors: ['console', 'terraform', 'operator'],
    weight: 3,
    readOnly: false,
    build: (call) => {
      const groupId = steady(call.session, securityGroupIds);
      const cidrIp = call.random.pick(['0.0.0.0/0', '203.0.113.0/24', '198.51.100.7/32']);
      const port = call.random.pick([22, 443, 3389, 5432]);
      return {
        requestParameters: {
          groupId,
          ipPermissions: {
            items: [
              {
                ipProtocol: 'tcp',
                fromPort: port,
                toPort: port,
                groups: {},
                ipRanges: { items: [{ cidrIp, description: 'temporary <ticket "OPS-42">' }] },
                ipv6Ranges: {},
                prefixListIds: {},
              },
            ],
          },
        },
        responseElements: {
          requestId: call.random.uuid(),
          _return: true,
          securityGroupRuleSet: {
            items: [
              {
                groupOwnerId: call.accountId,
                groupId,
                securityGroupRuleId: resourceId(call, 'sgr'),
                isEgress: false,
                ipProtocol: 'tcp',
                fromPort: port,
                toPort: port,
                cidrIpv4: cidrIp,
              },
            ],
          },
        },
      };
    },
  },
  {
    ...ec2,
    event: 'DescribeSecurityGroups',
    actors: ['service-role', 'console', 'terraform'],
    weight: 6,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        securityGroupSet: {},
        securityGroupIdSet: { items: [{ groupId: steady(call.session, securityGroupIds) }] },
        filterSet: {},
      },
    }),
  },
  {
    ...ec2,
    event: 'CreateNetworkInterface',
    actors: ['service-role', 'application'],
    weight: 3,
    readOnly: false,
    build: (call) => {
      const subnetId = steady(call.session, subnetIds);
      const groupId = steady(call.session, securityGroupIds);
      const description = 'AWS Lambda VPC ENI-order-intake-8f4c2b1a';
      const privateIpAddress = `10.0.${call.random.int(0, 15)}.${call.random.int(4, 250)}`;
      return {
        requestParameters: {
          subnetId,
          description,
          groupSet: { items: [{ groupId }] },
          privateIpAddressesSet: {},
          clientToken: call.random.uuid(),
        },
        responseElements: {
          requestId: call.random.uuid(),
          networkInterface: {
            networkInterfaceId: resourceId(call, 'eni'),
            subnetId,
            vpcId,
            availabilityZone: `${call.region}a`,
            description,
            ownerId: call.accountId,
            requesterId: `AROA${call.random.base32(10)}EXAMPLE:order-intake`,
            requesterManaged: true,
            status: 'pending',
            macAddress: '02:00:5e:10:00:ff',
            privateIpAddress,
            sourceDestCheck: true,
            interfaceType: 'lambda',
            groupSet: { items: [{ groupId, groupName: 'lambda' }] },
            privateIpAddressesSet: { item: [{ privateIpAddress, primary: true }] },
            ipv6AddressesSet: {},
            tagSet: {},
          },
        },
      };
    },
  },
  {
    ...ec2,
    event: 'DeleteNetworkInterface',
    actors: ['service-role'],
    weight: 3,
    readOnly: false,
    build: (call) => ({
      requestParameters: { networkInterfaceId: resourceId(call, 'eni') },
      responseElements: { requestId: call.random.uuid(), _return: true },
    }),
  },
  {
    ...ec2,
    event: 'CreateFlowLogs',
    actors: ['terraform'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        CreateFlowLogsRequest: {
          TrafficType: 'ALL',
          ResourceId: { tag: 1, content: vpcId },
          LogDestinationType: 's3',
          LogDestination: 'arn:aws:s3:::example-access-logs/flow/',
          MaxAggregationInterval: 60,
          ResourceType: 'VPC',
        },
      },
      responseElements: {
        CreateFlowLogsResponse: {
          xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/',
          unsuccessful: '',
          requestId: call.random.uuid(),
          clientToken: call.random.base64(44),
          flowLogIdSet: { item: resourceId(call, 'fl') },
        },
      },
    }),
  },
  {
    ...ec2,
    event: 'DescribeNetworkInterfaces',
    actors: ['service-role', 'application'],
    weight: 5,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        networkInterfaceIdSet: { items: [{ networkInterfaceId: resourceId(call, 'eni') }] },
        filterSet: {},
      },
    }),
  },
];
