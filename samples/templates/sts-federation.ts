import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { roleNames, userNames } from '../world.ts';
import { assumedRoleUser, credentials } from './sts-credentials.ts';
import { resource } from './values.ts';

const sts = { service: 'sts', eventVersion: '1.08', readOnly: true } as const;

export const stsFederationTemplates: readonly Template[] = [
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
