import { createRequire } from 'node:module';
import type { Profile } from '../lambda/contract.ts';

/** Resolves by the package's own name, which finds the same files in a checkout and in the built package. */
const require = createRequire(import.meta.url);

/** `version` of package.json. */
export const PACKAGE_VERSION: string = require('cloudtrail-firehose/package.json').version;

/** Returns the path of the JSON Schema of a profile's events. */
export function eventSchemaFile(profile: Profile): string {
  return require.resolve(`cloudtrail-firehose/event${profile === 'seed' ? '' : `.${profile}`}.schema.json`);
}
