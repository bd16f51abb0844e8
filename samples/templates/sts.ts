import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { outsideAccountId, roleNames } from '../world.ts';
import { assumedRoleUser, credentials } from './sts-credentials.ts';
import { resource } from './values.ts';

const sts = { service: 'sts', eventVersion: '1.08', readOnly: true } as const;

export const stsTemplates: readonly Template[] = [
  {
    ...sts,
    event: 'AssumeRole',
    variant: 'by-service',
    actors: ['aws-service'],
    weight: 30,
    build: (call) => {
      const roleName = steady(call.session, roleNames);
      const roleArn = `arn:aws:iam::${call.accountId}:role/${roleName}`;
      const sessionName = call.random.pick([
        `i-0${call.random.hex(16)}`,
        call.random.hex(32),
        'FirehoseSession',
      ]);
      return {
        requestParameters: { roleArn, roleSessionName: sessionName, durationSeconds: 3600 },
        responseElements: {
          credentials: credentials(call),
          assumedRoleUser: assumedRoleUser(call, roleName, sessionName),
        },
        resources: [resource(call.accountId, 'AWS::IAM::Role', roleArn)],
        sharedEventId: call.random.uuid(),
      };
    },
  },
  {
    ...sts,
    event: 'AssumeRole',
    variant: 'cross-account',
    actors: ['application', 'operator', 'outside-account', 'terraform'],
    weight: 4,
    build: (call) => {
      const roleArn = `arn:aws:iam::${call.accountId}:role/PartnerReadOnly`;
      return {
        requestParameters: {
          roleArn,
          roleSessionName: 'partner-sync',
          externalId: `ext-${call.session.salt.toString(16)}`,
          durationSeconds: 900,
          tags: [{ key: 'origin', value: outsideAccountId }],
        },
        responseElements: {
          credentials: credentials(call),
          assumedRoleUser: assumedRoleUser(call, 'PartnerReadOnly', 'partner-sync'),
          packedPolicySize: 6,
        },
        resources: [resource(call.accountId, 'AWS::IAM::Role', roleArn)],
        sharedEventId: call.random.uuid(),
      };
    },
  },
  {
    ...sts,
    event: 'GetCallerIdentity',
    actors: ['operator', 'terraform', 'application', 'federated'],
    weight: 4,
    build: (call) => ({
      additionalEventData: { RequestDetails: { awsServingRegion: call.region, endpointType: 'regional' } },
    }),
  },
];
