import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Call } from '../template.ts';
import { availabilityZones, roleNames, securityGroupIds, subnetIds, teamTags, vpcId } from '../world.ts';
import { epochMs, resourceId } from './values.ts';

/** The largest record in most accounts: EC2 answers with the whole description of each instance. */
export function runInstances(call: Call): Body {
  const count = call.random.int(1, 2);
  const availabilityZone = `${call.region}${call.random.pick(availabilityZones)}`;
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
      availabilityZone,
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
      instancesSet: {
        items: Array.from({ length: count }, (_, index) => instance(call, index, availabilityZone)),
      },
    },
  };
}

function instance(call: Call, launchIndex: number, availabilityZone: string): Json {
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
    placement: { groupName: '', availabilityZone, tenancy: 'default' },
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
