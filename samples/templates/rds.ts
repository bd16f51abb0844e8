import type { Body, Call, Template } from '../template.ts';
import { securityGroupIds, subnetIds, vpcId } from '../world.ts';
import { keyArn } from './values.ts';

const rds = { service: 'rds', eventVersion: '1.08' } as const;

export const rdsTemplates: readonly Template[] = [
  {
    ...rds,
    event: 'ModifyDBInstance',
    actors: ['console', 'terraform', 'operator'],
    weight: 1,
    readOnly: false,
    build: modifyDbInstance,
  },
  {
    ...rds,
    event: 'CreateDBSnapshot',
    actors: ['operator', 'console'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        dBSnapshotIdentifier: `before-${call.random.hex(6)}`,
        dBInstanceIdentifier: 'orders-prod',
      },
      responseElements: {
        allocatedStorage: 500,
        availabilityZone: `${call.region}a`,
        dBInstanceIdentifier: 'orders-prod',
        dBSnapshotArn: `arn:aws:rds:${call.region}:${call.accountId}:snapshot:before-upgrade`,
        dbiResourceId: `db-${call.random.base32(26)}`,
        encrypted: true,
        engine: 'postgres',
        engineVersion: '17.6',
        iAMDatabaseAuthenticationEnabled: false,
        instanceCreateTime: 'Jan 12, 2025, 9:41:07 AM',
        masterUsername: 'app',
        percentProgress: 0,
        port: 5432,
        snapshotType: 'manual',
        status: 'creating',
        storageType: 'gp3',
        vpcId,
      },
    }),
  },
  {
    ...rds,
    event: 'DescribeDBInstances',
    actors: ['console', 'service-role', 'terraform'],
    weight: 5,
    readOnly: true,
    build: () => ({ requestParameters: { maxRecords: 100 } }),
  },
];

function modifyDbInstance(call: Call): Body {
  return {
    requestParameters: {
      dBInstanceIdentifier: 'orders-prod',
      applyImmediately: true,
      masterUserPassword: '****',
      allowMajorVersionUpgrade: false,
      backupRetentionPeriod: call.random.pick([7, 14, 35]),
      publiclyAccessible: call.random.chance(0.2),
    },
    responseElements: {
      dBInstanceIdentifier: 'orders-prod',
      dBInstanceClass: 'db.r8g.xlarge',
      engine: 'postgres',
      dBInstanceStatus: 'available',
      masterUsername: 'app',
      endpoint: {
        address: `orders-prod.c9akciq32abc.${call.region}.rds.amazonaws.com`,
        port: 5432,
        hostedZoneId: 'Z2VFMSZA74J7XZ',
      },
      allocatedStorage: 500,
      instanceCreateTime: 'Jan 12, 2025, 9:41:07 AM',
      preferredBackupWindow: '01:10-01:40',
      backupRetentionPeriod: 14,
      dBSecurityGroups: [],
      vpcSecurityGroups: securityGroupIds.map((vpcSecurityGroupId) => ({
        vpcSecurityGroupId,
        status: 'active',
      })),
      dBParameterGroups: [{ dBParameterGroupName: 'orders-pg17', parameterApplyStatus: 'in-sync' }],
      availabilityZone: `${call.region}b`,
      dBSubnetGroup: {
        dBSubnetGroupName: 'data',
        dBSubnetGroupDescription: 'Base de données – privé',
        vpcId,
        subnetGroupStatus: 'Complete',
        subnets: subnetIds.map((subnetIdentifier, index) => ({
          subnetIdentifier,
          subnetAvailabilityZone: { name: `${call.region}${'abc'.charAt(index)}` },
          subnetOutpost: {},
          subnetStatus: 'Active',
        })),
      },
      pendingModifiedValues: { masterUserPassword: '****' },
      multiAZ: true,
      engineVersion: '17.6',
      autoMinorVersionUpgrade: false,
      readReplicaDBInstanceIdentifiers: [],
      licenseModel: 'postgresql-license',
      publiclyAccessible: call.random.chance(0.2),
      storageType: 'gp3',
      storageEncrypted: true,
      kmsKeyId: keyArn(call),
      dbiResourceId: `db-${call.random.base32(26)}`,
      cACertificateIdentifier: 'rds-ca-rsa2048-g1',
      deletionProtection: true,
      tagList: [],
      certificateDetails: { cAIdentifier: 'rds-ca-rsa2048-g1', validTill: 'May 21, 2061, 9:29:47 PM' },
    },
  };
}
