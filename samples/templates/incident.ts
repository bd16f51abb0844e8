import { principalId } from '../identities.ts';
import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Template } from '../template.ts';
import { securityGroupIds, userNames } from '../world.ts';
import { iamUserTemplates } from './iam-users.ts';
import { networkActivityTemplates } from './network-activity.ts';
import { refusalMessage, refusalTemplates } from './refusals.ts';

// Not in `allTemplates`: there, they would change every generated record.

const signIn = {
  service: 'signin',
  event: 'ConsoleLogin',
  eventVersion: '1.08',
  eventType: 'AwsConsoleSignIn',
  weight: 1,
  readOnly: false,
} as const;

/** Logins with a password only, of an IAM user and of root. */
export const loginTemplates: readonly Template[] = [
  {
    ...signIn,
    variant: 'user-without-mfa',
    actors: ['signing-in'],
    build: (call) => {
      const userName = steady(call.session, userNames);
      return loginWithoutMfa({
        type: 'IAMUser',
        principalId: principalId(call.random, 'AIDA'),
        arn: `arn:aws:iam::${call.accountId}:user/${userName}`,
        accountId: call.accountId,
        userName,
      });
    },
  },
  {
    ...signIn,
    variant: 'root-without-mfa',
    actors: ['signing-in'],
    build: (call) =>
      loginWithoutMfa({
        type: 'Root',
        principalId: call.accountId,
        arn: `arn:aws:iam::${call.accountId}:root`,
        accountId: call.accountId,
        accessKeyId: '',
      }),
  },
];

function loginWithoutMfa(userIdentity: Json): Body {
  return {
    responseElements: { ConsoleLogin: 'Success' },
    additionalEventData: {
      LoginTo: 'https://console.aws.amazon.com/console/home',
      MobileVersion: 'No',
      MFAUsed: 'No',
    },
    requestId: null,
    userIdentity,
  };
}

const cloudtrail = { service: 'cloudtrail', eventVersion: '1.10', weight: 1, readOnly: false } as const;

/** Calls of an intruder with a stolen key: a second key, attempts to stop the logs, an open port. */
export const intrusionTemplates: readonly Template[] = [
  ...iamUserTemplates.filter(({ event }) => event === 'CreateAccessKey'),
  {
    ...cloudtrail,
    event: 'StopLogging',
    variant: 'AccessDenied',
    actors: ['operator'],
    build: (call) => {
      const name = `arn:aws:cloudtrail:${call.region}:${call.accountId}:trail/management-events`;
      return {
        errorCode: 'AccessDenied',
        errorMessage: refusalMessage(call, 'cloudtrail:StopLogging', name),
        requestParameters: { name },
      };
    },
  },
  {
    service: 'guardduty',
    event: 'DeleteDetector',
    variant: 'AccessDenied',
    actors: ['operator'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const detectorId = '12abc34d567e8fa901bc2d34e56789f0';
      const arn = `arn:aws:guardduty:${call.region}:${call.accountId}:detector/${detectorId}`;
      return {
        errorCode: 'AccessDenied',
        errorMessage: refusalMessage(call, 'guardduty:DeleteDetector', arn),
        requestParameters: { detectorId },
      };
    },
  },
  {
    service: 'ec2',
    event: 'AuthorizeSecurityGroupIngress',
    variant: 'ipv6',
    actors: ['operator'],
    weight: 1,
    readOnly: false,
    eventVersion: '1.10',
    build: (call) => ({
      requestParameters: {
        groupId: steady(call.session, securityGroupIds),
        ipPermissions: {
          items: [
            {
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              groups: {},
              ipRanges: {},
              ipv6Ranges: { items: [{ cidrIpv6: '::/0' }] },
              prefixListIds: {},
            },
          ],
        },
      },
      responseElements: { requestId: call.random.uuid(), _return: true },
    }),
  },
];

/** Calls that an IAM user is refused. */
export const refusedUserTemplates = refusalTemplates.filter(({ actors }) => actors.includes('operator'));

/** Calls that a VPC endpoint refuses. */
export const refusedEndpointTemplates = networkActivityTemplates.filter(
  ({ variant }) => variant === 'refused-at-endpoint',
);

/**
 * A policy padded with spaces, which IAM does not count: an attempt to make the record too large for its readers.
 * With 1 MiB, its event does not fit in a Firehose record.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const paddedPolicyTemplates: readonly Template[] = [
  {
    service: 'iam',
    event: 'CreatePolicy',
    variant: 'padded',
    actors: ['operator'],
    weight: 1,
    readOnly: false,
    eventVersion: '1.10',
    region: 'us-east-1',
    build: (call) => {
      const policyName = 'Reporting';
      return {
        requestParameters: {
          policyName,
          policyDocument: `{"Version":"2012-10-17",${' '.repeat(1_048_576)}"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
        },
        responseElements: {
          policy: {
            policyName,
            policyId: `ANPA${call.random.base32(10)}EXAMPLE`,
            arn: `arn:aws:iam::${call.accountId}:policy/${policyName}`,
            path: '/',
            defaultVersionId: 'v1',
            attachmentCount: 0,
          },
        },
      };
    },
  },
];
