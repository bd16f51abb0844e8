import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Call, Template } from '../template.ts';
import { availabilityZones, roleNames, securityGroupIds, subnetIds, teamTags, vpcId } from '../world.ts';
import { epochMs, resourceId } from './values.ts';

const ec2 = { service: 'ec2', eventVersion: '1.10' } as const;

export const ec2InstanceTemplates: readonly Template[] = [
  {
    ...ec2,
    event: 'RunInstances',
    actors: ['console', 'terraform', 'service-role', 'operator'],
    weight: 2,
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

/** The largest record in most accounts: EC2 answers with the whole description of each instance. */
function runInstances(call: Call): Body {
  const count = call.random.int(1, 2);
  const placement = {
    groupName: '',
    availabilityZone: `${call.region}${call.random.pick(availabilityZones)}`,
  };
  return {
    requestParameters: {
      instancesSet: {
        items: [{ imageId: 'ami-0abcdef1234567890', minCount: count, maxCount: count, keyName: 'ops-2026' }],
      },
      userData: '<sensitiveDataRemoved>',
      instanceType: 'm7g.large',
      blockDeviceMapping: {
        items: [
          { deviceName: '/dev/xvda', ebs: { volumeSize: 100, deleteOnTermination: true, volumeType: 'gp3' } },
        ],
      },
      availabilityZone: placement.availabilityZone,
      monitoring: { enabled: true },
      disableApiTermination: false,
      clientToken: call.random.uuid(),
      iamInstanceProfile: { name: steady(call.session, roleNames) },
      tagSpecificationSet: { items: [{ resourceType: 'instance', tags: tags(call) }] },
    },
    responseElements: {
      requestId: call.random.uuid(),
      reservationId: resourceId(call, 'r'),
      ownerId: call.accountId,
      groupSet: {},
      instancesSet: { items: Array.from({ length: count }, (_, index) => instance(call, index, placement)) },
    },
  };
}

function instance(call: Call, launchIndex: number, placement: Json): Json {
  const privateIp = `10.0.${call.random.int(0, 15)}.${call.random.int(4, 250)}`;
  const privateDnsName = `ip-${privateIp.replaceAll('.', '-')}.${call.region}.compute.internal`;
  const subnetId = steady(call.session, subnetIds);
  const groupSet = { items: [{ groupId: steady(call.session, securityGroupIds), groupName: 'web' }] };
  return {
    instanceId: resourceId(call, 'i'),
    imageId: 'ami-0abcdef1234567890',
    bootMode: 'uefi',
    instanceState: { code: 0, name: 'pending' },
    privateDnsName,
    keyName: 'ops-2026',
    amiLaunchIndex: launchIndex,
    productCodes: {},
    instanceType: 'm7g.large',
    launchTime: epochMs(call.time),
    placement: { ...Object(placement), tenancy: 'default' },
    monitoring: { state: 'pending' },
    subnetId,
    vpcId,
    privateIpAddress: privateIp,
    stateReason: { code: 'pending', message: 'pending' },
    architecture: 'arm64',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    blockDeviceMapping: {},
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    tagSet: { items: tags(call) },
    clientToken: call.random.uuid(),
    groupSet,
    sourceDestCheck: true,
    networkInterfaceSet: {
      items: [
        {
          networkInterfaceId: resourceId(call, 'eni'),
          subnetId,
          vpcId,
          ownerId: call.accountId,
          status: 'in-use',
          macAddress: `02:${(call.random.hex(10).match(/../g) ?? []).join(':')}`,
          privateIpAddress: privateIp,
          privateDnsName,
          sourceDestCheck: true,
          interfaceType: 'interface',
          groupSet,
          attachment: {
            attachmentId: resourceId(call, 'eni-attach'),
            deviceIndex: 0,
            networkCardIndex: 0,
            status: 'attaching',
            attachTime: epochMs(call.time),
            deleteOnTermination: true,
          },
          privateIpAddressesSet: { item: [{ privateIpAddress: privateIp, privateDnsName, primary: true }] },
          ipv6AddressesSet: {},
          tagSet: {},
        },
      ],
    },
    iamInstanceProfile: {
      arn: `arn:aws:iam::${call.accountId}:instance-profile/${steady(call.session, roleNames)}`,
      id: `AIPA${call.random.base32(10)}EXAMPLE`,
    },
    ebsOptimized: true,
    enaSupport: true,
    cpuOptions: { coreCount: 2, threadsPerCore: 1 },
    capacityReservationSpecification: { capacityReservationPreference: 'open' },
    enclaveOptions: { enabled: false },
    metadataOptions: {
      state: 'pending',
      httpTokens: 'required',
      httpPutResponseHopLimit: 2,
      httpEndpoint: 'enabled',
      httpProtocolIpv4: 'enabled',
      httpProtocolIpv6: 'disabled',
      instanceMetadataTags: 'disabled',
    },
    maintenanceOptions: { autoRecovery: 'default' },
    privateDnsNameOptions: { hostnameType: 'ip-name', enableResourceNameDnsARecord: false },
  };
}

function tags(call: Call): Json[] {
  return [
    { key: 'Name', value: `web-${call.random.int(1, 99)}` },
    { key: 'Team', value: steady(call.session, teamTags) },
  ];
}
