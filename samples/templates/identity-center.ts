import type { Template } from '../template.ts';

const portal = { service: 'sso', eventVersion: '1.08', readOnly: false } as const;

export const identityCenterTemplates: readonly Template[] = [
  {
    ...portal,
    event: 'Authenticate',
    actors: ['identity-center'],
    weight: 3,
    eventType: 'AwsServiceEvent',
    build: (call) => ({
      requestId: call.random.uuid(),
      serviceEventDetails: {
        relayId: call.random.uuid(),
        Authenticate: 'Success',
        'user-name': 'zoë.müller@example.com',
      },
    }),
  },
  {
    ...portal,
    event: 'Federate',
    actors: ['identity-center'],
    weight: 3,
    eventType: 'AwsServiceEvent',
    build: (call) => ({
      serviceEventDetails: {
        relayId: call.random.uuid(),
        account_id: call.accountId,
        role_name: 'PowerUser',
      },
    }),
  },
  {
    ...portal,
    event: 'CreateToken',
    actors: ['identity-center'],
    weight: 3,
    build: () => ({
      requestParameters: {
        clientId: 'example-client-id-EXAMPLE',
        clientSecret: 'HIDDEN_DUE_TO_SECURITY_REASONS',
        grantType: 'urn:ietf:params:oauth:grant-type:device_code',
        deviceCode: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      },
      responseElements: {
        accessToken: 'HIDDEN_DUE_TO_SECURITY_REASONS',
        tokenType: 'Bearer',
        expiresIn: 28_800,
        refreshToken: 'HIDDEN_DUE_TO_SECURITY_REASONS',
        idToken: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      },
    }),
  },
];
