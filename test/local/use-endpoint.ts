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
 * An endpoint for the tests of one file, forgetful between them, and a client that finds it as the function's do: by
 * the environment.
 *
 * @param service as in `AWS_ENDPOINT_URL_S3`
 */
export function useEndpoint<Local extends Endpoint, Client extends { destroy(): void }>(
  service: 'S3' | 'FIREHOSE' | 'SQS',
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

/** The error of a promise that has to fail. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}
