/**
 * Credential providers that the bundle excludes: 110 KB that Lambda never loads. The SDK imports each one
 * only when it needs it, and in Lambda it finds the credentials in the environment first. Without them, it would
 * ask `credential-provider-ini` before the services of a container or an instance.
 */
export const LEFT_OUT_MODULES = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/token-providers',
  '@smithy/credential-provider-imds',
];
