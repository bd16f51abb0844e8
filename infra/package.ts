import { createRequire } from 'node:module';

/** Resolves by the package's own name, which finds the same files in a checkout and in the built package. */
const require = createRequire(import.meta.url);

/** `version` of package.json. */
export const PACKAGE_VERSION: string = require('cloudtrail-firehose/package.json').version;

/** Path of the JSON Schema of events. */
export const EVENT_SCHEMA_FILE: string = require.resolve('cloudtrail-firehose/event.schema.json');
