/** Set by esbuild when it bundles the function: infra/function/bundle-function.ts. */
declare const BUNDLED_VERSION: string | undefined;

/**
 * Version of the running code, `unbundled` for the sources. A constant of the bundle, not an environment
 * variable: it matches the code even if the stack did not deploy it, and uses none of the 4,096 bytes that
 * Lambda allows for the environment.
 */
export const VERSION = typeof BUNDLED_VERSION === 'undefined' ? 'unbundled' : BUNDLED_VERSION;
