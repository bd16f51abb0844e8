import { afterAll, beforeAll, beforeEach, vi } from 'vitest';

interface Endpoint {
  readonly url: string;
  reset(): void;
  close(): Promise<unknown>;
}

const CONFIG = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};

/**
 * Starts an endpoint for the tests of one file and resets it before each of them. Clients find it through the
 * environment, like the function's clients.
 *
 * @param service name in `AWS_ENDPOINT_URL_…`
 */
export function useEndpoint<Local extends Endpoint, Client extends { destroy(): void }>(
  service: 'S3' | 'FIREHOSE' | 'SQS' | 'CLOUDTRAIL' | 'SECRETS_MANAGER',
  start: () => Promise<Local>,
  connect: (config: typeof CONFIG) => Client,
) {
  const used = {} as { endpoint: Local; client: Client; connect(maxAttempts: number): Client };
  beforeAll(async () => {
    used.endpoint = await start();
    vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, used.endpoint.url);
    used.connect = (maxAttempts) => connect({ ...CONFIG, maxAttempts });
    used.client = used.connect(CONFIG.maxAttempts);
  });
  beforeEach(() => used.endpoint.reset());
  afterAll(async () => {
    vi.unstubAllEnvs();
    used.client.destroy();
    await used.endpoint.close();
  });
  return used;
}

/** Returns the error of a promise that must fail. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}
