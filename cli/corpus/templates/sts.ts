import { accessKeyId, principalId } from '../identities.ts';
import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Call, Template } from '../template.ts';
import { outsideAccountId, roleNames, userNames } from '../world.ts';
import { awsDate, resource } from './values.ts';

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
    event: 'AssumeRoleWithSAML',
    actors: ['saml'],
    weight: 3,
    build: (call) => {
      const sessionName = `${steady(call.session, userNames)}@example.com`;
      const providerArn = `arn:aws:iam::${call.accountId}:saml-provider/CorporateIdP`;
      return {
        requestParameters: {
          sAMLAssertionID: `_${call.random.hex(32)}`,
          roleSessionName: sessionName,
          principalTags: { Département: 'Sécurité' },
          roleArn: `arn:aws:iam::${call.accountId}:role/Analyst`,
          principalArn: providerArn,
          durationSeconds: 3600,
        },
        responseElements: {
          subjectType: 'persistent',
          issuer: 'https://idp.example.com/saml2/metadata',
          credentials: credentials(call),
          nameQualifier: 'SAMLproviderEXAMPLE=',
          assumedRoleUser: assumedRoleUser(call, 'Analyst', sessionName),
          subject: sessionName,
          audience: 'https://signin.aws.amazon.com/saml',
        },
        resources: [
          resource(call.accountId, 'AWS::IAM::Role', `arn:aws:iam::${call.accountId}:role/Analyst`),
          resource(call.accountId, 'AWS::IAM::SAMLProvider', providerArn),
        ],
      };
    },
  },
  {
    ...sts,
    event: 'AssumeRoleWithWebIdentity',
    actors: ['web-identity'],
    weight: 5,
    build: (call) => {
      const roleName = steady(call.session, roleNames);
      const sessionName = `botocore-session-${call.random.int(1_700_000_000, 1_800_000_000)}`;
      return {
        requestParameters: {
          roleArn: `arn:aws:iam::${call.accountId}:role/${roleName}`,
          roleSessionName: sessionName,
        },
        responseElements: {
          credentials: credentials(call),
          subjectFromWebIdentityToken: 'system:serviceaccount:shop:order-intake',
          assumedRoleUser: assumedRoleUser(call, roleName, sessionName),
          provider: `arn:aws:iam::${call.accountId}:oidc-provider/token.actions.githubusercontent.com`,
          audience: 'sts.amazonaws.com',
        },
        additionalEventData: {
          identityProviderConnectionVerificationMethod: 'IAMTrustStore',
          RequestDetails: { awsServingRegion: call.region, endpointType: 'regional' },
        },
        resources: [
          resource(call.accountId, 'AWS::IAM::Role', `arn:aws:iam::${call.accountId}:role/${roleName}`),
        ],
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
  {
    ...sts,
    event: 'GetFederationToken',
    actors: ['operator'],
    weight: 1,
    build: (call) => {
      const name = steady(call.session, userNames);
      return {
        requestParameters: { name, durationSeconds: 43_200 },
        responseElements: {
          credentials: credentials(call),
          federatedUser: {
            federatedUserId: `${call.accountId}:${name}`,
            arn: `arn:aws:sts::${call.accountId}:federated-user/${name}`,
          },
        },
      };
    },
  },
];

/** CloudTrail keeps the session token (which alone opens nothing) and leaves the secret key out. */
function credentials(call: Call): Json {
  return {
    accessKeyId: accessKeyId(call.random, 'ASIA'),
    sessionToken: `EXAMPLE${call.random.text(8, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')}SESSIONTOKEN//////////`,
    expiration: awsDate(call.time),
  };
}

function assumedRoleUser(call: Call, roleName: string, sessionName: string): Json {
  return {
    assumedRoleId: `${principalId(call.random, 'AROA')}:${sessionName}`,
    arn: `arn:aws:sts::${call.accountId}:assumed-role/${roleName}/${sessionName}`,
  };
}
