import { defineConfig } from 'vitest/config';
import { PlainCountReporter } from './test/plain-count-reporter.ts';

/** `npm test` leaves out `test/slow/`; `npm run test:slow` is mode `slow` and runs only that. */
export default defineConfig(({ mode }) => ({
  test: {
    reporters: ['default', new PlainCountReporter()],
    include: [mode === 'slow' ? 'test/slow/**/*.test.ts' : 'test/**/*.test.ts'],
    exclude: mode === 'slow' ? [] : ['test/slow/**'],
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
    testTimeout: mode === 'slow' ? 300_000 : 60_000,
  },
}));
