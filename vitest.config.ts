import { defineConfig } from 'vitest/config';
import { PlainCountReporter } from './test/plain-count-reporter.ts';

/** Files of each tier, by the mode that its script passes. `npm test` runs what no other tier does. */
const TIERS: Record<string, string> = { slow: 'test/**/*.slow.test.ts', moto: 'test/moto/**/*.test.ts' };

export default defineConfig(({ mode }) => ({
  test: {
    reporters: ['default', new PlainCountReporter()],
    globalSetup: [
      'test/cli/provide-cli-folder.ts',
      ...(mode === 'moto' ? ['test/moto/prepare-python.ts'] : []),
    ],
    include: [TIERS[mode] ?? 'test/**/*.test.ts'],
    exclude: mode in TIERS ? [] : Object.values(TIERS),
    // Files that share a process load the CDK once. In the slow tier, tests measure the memory of their process.
    isolate: mode in TIERS,
    // Its imports have no file extension, which Node does not resolve.
    server: { deps: { inline: ['dt-sql-parser'] } },
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      CDK_VALIDATION: 'false',
      // The module of the handler creates one when it loads. Tests create others with their own settings.
      DELIVERY_STREAM_NAME: 'test',
      AWS_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    // Two workers, so the two halves of the simulation run in parallel even on small machines.
    maxWorkers: 2,
    testTimeout: mode in TIERS ? 300_000 : 60_000,
    hookTimeout: 300_000,
  },
}));
