/**
 * What the bundle leaves out: the SDK's ways to find credentials on a laptop. It imports each only when it comes
 * to it, and in Lambda it finds them in the environment before that. 100 KB that are never loaded.
 */
export const LEFT_OUT_MODULES = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/token-providers',
];
