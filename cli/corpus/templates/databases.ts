import { type Json, numberText } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Call, Template } from '../template.ts';
import { securityGroupIds, subnetIds, tableNames, vpcId } from '../world.ts';
import { keyArn, resource } from './values.ts';

const rds = { service: 'rds', eventVersion: '1.08' } as const;
const dynamodb = { service: 'dynamodb', eventVersion: '1.11', apiVersion: '2012-08-10' } as const;

export const databaseTemplates: readonly Template[] = [
  {
    ...rds,
    event: 'ModifyDBInstance',
    actors: ['console', 'terraform', 'operator'],
    weight: 2,
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
  ...(
    [
      ['GetItem', 14, true],
      ['PutItem', 8, false],
      ['Query', 5, true],
    ] as const
  ).map(
    ([event, weight, readOnly]): Template => ({
      ...dynamodb,
      event,
      category: 'Data',
      actors: ['application'],
      weight,
      readOnly,
      build: (call) => itemBody(call, event),
    }),
  ),
  {
    ...dynamodb,
    event: 'UpdateTable',
    actors: ['terraform', 'service-role'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: { tableName: steady(call.session, tableNames), billingMode: 'PAY_PER_REQUEST' },
      responseElements: {
        tableDescription: {
          tableArn: tableArn(call),
          tableName: steady(call.session, tableNames),
          tableStatus: 'UPDATING',
          // More digits than a double holds, and an exponent.
          itemCount: numberText('9007199254740993'),
          tableSizeBytes: numberText('18014398509481985'),
          provisionedThroughput: { numberOfDecreasesToday: 0, writeCapacityUnits: 0, readCapacityUnits: 0 },
          creationDateTime: numberText('1.736674867E9'),
        },
      },
      requestId: dynamoRequestId(call),
      resources: [resource(call.accountId, 'AWS::DynamoDB::Table', tableArn(call))],
    }),
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

function itemBody(call: Call, event: 'GetItem' | 'PutItem' | 'Query'): Body {
  const tableName = steady(call.session, tableNames);
  // Only the keys of an item are recorded.
  const key: Json =
    event === 'PutItem'
      ? { items: ['pk', 'sk'].map((name) => ({ [name]: `ORDER#${call.random.int(100_000, 999_999)}` })) }
      : { pk: `ORDER#${call.random.int(100_000, 999_999)}` };
  return {
    requestParameters: {
      tableName,
      ...(event === 'Query'
        ? { keyConditionExpression: '#pk = :pk', limit: 25, scanIndexForward: false }
        : { key }),
      ...(event === 'GetItem' ? { consistentRead: false } : {}),
    },
    requestId: dynamoRequestId(call),
    resources: [resource(call.accountId, 'AWS::DynamoDB::Table', tableArn(call))],
  };
}

function tableArn(call: Call): string {
  return `arn:aws:dynamodb:${call.region}:${call.accountId}:table/${steady(call.session, tableNames)}`;
}

function dynamoRequestId(call: Call): string {
  return `${call.random.text(42, '0123456789ABCDEFGHIJKLMNOPQRSTUV')}VV4KQNSO5A`;
}
