import { principalId } from '../identities.ts';
import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Template } from '../template.ts';
import { userNames } from '../world.ts';

const signIn = {
  service: 'signin',
  eventVersion: '1.08',
  eventType: 'AwsConsoleSignIn',
  readOnly: false,
} as const;

const consoleUrl =
  'https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=hashArgsFromTB_eu-west-3_EXAMPLE';

export const signInTemplates: readonly Template[] = [
  {
    ...signIn,
    event: 'ConsoleLogin',
    variant: 'success',
    actors: ['signing-in'],
    weight: 4,
    build: (call) => ({
      ...login('Success', { LoginTo: consoleUrl, MobileVersion: 'No', MFAUsed: 'Yes' }),
      userIdentity: {
        type: 'IAMUser',
        principalId: principalId(call.random, 'AIDA'),
        arn: `arn:aws:iam::${call.accountId}:user/${steady(call.session, userNames)}`,
        accountId: call.accountId,
        userName: steady(call.session, userNames),
      },
    }),
  },
  {
    ...signIn,
    event: 'ConsoleLogin',
    variant: 'failure',
    actors: ['signing-in'],
    weight: 3,
    build: () => ({
      ...login('Failure', { LoginTo: consoleUrl, MobileVersion: 'No', MFAUsed: 'No' }),
      errorMessage: 'Failed authentication',
    }),
  },
  {
    ...signIn,
    event: 'ConsoleLogin',
    variant: 'no-such-user',
    actors: ['signing-in'],
    weight: 1,
    build: (call) => ({
      ...login('Failure', { LoginTo: consoleUrl, MobileVersion: 'Yes', MFAUsed: 'No' }),
      errorMessage: 'No username found in supplied account',
      // A mistyped user name may be a password: CloudTrail hides it.
      userIdentity: {
        type: 'IAMUser',
        accountId: call.accountId,
        accessKeyId: '',
        userName: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      },
    }),
  },
  {
    ...signIn,
    event: 'ConsoleLogin',
    variant: 'root-with-mfa',
    actors: ['root'],
    weight: 3,
    region: 'us-east-1',
    build: (call) => ({
      ...login('Success', {
        LoginTo: consoleUrl,
        MobileVersion: 'No',
        MFAIdentifier: `arn:aws:iam::${call.accountId}:mfa/root-account-mfa-device`,
        MFAUsed: 'Yes',
      }),
      // As before every sign-in, there is no access key yet: an empty text, not an absent one.
      userIdentity: {
        type: 'Root',
        principalId: call.accountId,
        arn: `arn:aws:iam::${call.accountId}:root`,
        accountId: call.accountId,
        accessKeyId: '',
      },
    }),
  },
  {
    ...signIn,
    event: 'ConsoleLogin',
    variant: 'saml',
    actors: ['signing-in'],
    weight: 3,
    build: (call) => {
      const sessionName = `${steady(call.session, userNames)}@example.com`;
      return {
        ...login('Success', {
          LoginTo: 'https://console.aws.amazon.com/console/home',
          MobileVersion: 'No',
          MFAUsed: 'No',
          SamlProviderArn: `arn:aws:iam::${call.accountId}:saml-provider/CorporateIdP`,
        }),
        userIdentity: {
          type: 'AssumedRole',
          principalId: `${principalId(call.random, 'AROA')}:${sessionName}`,
          arn: `arn:aws:sts::${call.accountId}:assumed-role/Analyst/${sessionName}`,
          accountId: call.accountId,
        },
      };
    },
  },
  {
    ...signIn,
    event: 'CheckMfa',
    actors: ['signing-in'],
    weight: 3,
    build: (call) => ({
      responseElements: { CheckMfa: 'Success' },
      additionalEventData: { MfaType: call.random.pick(['Virtual MFA', 'U2F MFA', 'Multiple MFA Devices']) },
      requestId: null,
    }),
  },
  {
    ...signIn,
    event: 'SwitchRole',
    actors: ['console', 'federated'],
    weight: 1,
    build: (call) => ({
      responseElements: { SwitchRole: 'Success' },
      additionalEventData: {
        SwitchFrom: `arn:aws:iam::${call.accountId}:user/${steady(call.session, userNames)}`,
        RedirectTo: `https://${call.region}.console.aws.amazon.com/s3/home?region=${call.region}#`,
      },
      requestId: null,
    }),
  },
  {
    ...signIn,
    event: 'PasswordUpdated',
    actors: ['root'],
    weight: 2,
    region: 'us-east-1',
    build: () => ({ responseElements: { PasswordUpdated: 'Success' }, requestId: null }),
  },
];

function login(outcome: 'Success' | 'Failure', additionalEventData: Json): Body {
  return { responseElements: { ConsoleLogin: outcome }, additionalEventData, requestId: null };
}
