import { defineConfig } from 'vitest/config';
import { PlainCountReporter } from './test/plain-count-reporter.ts';

export default defineConfig({
  test: {
    reporters: ['default', new PlainCountReporter()],
    include: ['test/**/*.test.ts'],
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      CDK_VALIDATION: 'false',
      // The handler is built when its module loads; each test builds its own besides.
      DELIVERY_STREAM_NAME: 'test',
      AWS_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    // The two halves of the simulation run side by side on the smallest machines, too.
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
