import { principalId } from '../identities.ts';
import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Call, Template } from '../template.ts';
import { roleNames } from '../world.ts';
import { awsDate, policyDocument } from './values.ts';

/** IAM is a global service: its events are recorded in us-east-1. */
const iam = { service: 'iam', eventVersion: '1.10', region: 'us-east-1' } as const;

export const iamRoleTemplates: readonly Template[] = [
  {
    ...iam,
    event: 'AttachRolePolicy',
    actors: ['terraform', 'operator', 'console'],
    weight: 3,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        roleName: steady(call.session, roleNames),
        policyArn: `arn:aws:iam::aws:policy/${call.random.pick(['AmazonS3ReadOnlyAccess', 'AdministratorAccess', 'CloudWatchLogsFullAccess'])}`,
      },
    }),
  },
  {
    ...iam,
    event: 'PutRolePolicy',
    actors: ['terraform'],
    weight: 3,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        roleName: steady(call.session, roleNames),
        policyName: 'inline',
        policyDocument: policyDocument(call, 'pretty'),
      },
    }),
  },
  {
    ...iam,
    event: 'CreateRole',
    actors: ['terraform', 'service-role'],
    weight: 2,
    readOnly: false,
    build: createRole,
  },
  {
    ...iam,
    event: 'UpdateAssumeRolePolicy',
    actors: ['terraform', 'operator'],
    weight: 1,
    readOnly: false,
    escape: 'html',
    build: (call) => ({
      requestParameters: {
        roleName: steady(call.session, roleNames),
        policyDocument: policyDocument(call, 'trust'),
      },
    }),
  },
  {
    ...iam,
    event: 'GetRole',
    actors: ['terraform', 'service-role'],
    weight: 8,
    readOnly: true,
    build: (call) => ({ requestParameters: { roleName: call.random.pick(roleNames) } }),
  },
  {
    ...iam,
    event: 'ListAttachedRolePolicies',
    actors: ['terraform', 'console'],
    weight: 6,
    readOnly: true,
    build: (call) => ({ requestParameters: { roleName: call.random.pick(roleNames), maxItems: 100 } }),
  },
];

function createRole(call: Call): { requestParameters: Json; responseElements: Json } {
  const roleName = call.random.pick(roleNames);
  const trust = policyDocument(call, 'trust');
  return {
    requestParameters: {
      roleName,
      assumeRolePolicyDocument: trust,
      description: `Rôle applicatif « ${roleName} »`,
    },
    responseElements: {
      role: {
        path: '/',
        roleName,
        roleId: principalId(call.random, 'AROA'),
        arn: `arn:aws:iam::${call.accountId}:role/${roleName}`,
        createDate: awsDate(call.time),
        // IAM returns the document percent-encoded.
        assumeRolePolicyDocument: encodeURIComponent(trust),
      },
    },
  };
}
