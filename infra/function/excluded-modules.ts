/**
 * Credential providers that the bundle excludes: 100 KB that Lambda never loads. The SDK imports each one
 * only when it needs it, and in Lambda it finds the credentials in the environment first.
 */
export const LEFT_OUT_MODULES = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/token-providers',
];
