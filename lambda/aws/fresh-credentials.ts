import { isExpiredToken } from './call-error.ts';

/** As much of an SDK client as is needed here. */
interface Client {
  config: {
    credentials(options?: {
      forceRefresh: boolean;
    }): Promise<{ accessKeyId: string; sessionToken?: string | undefined }>;
  };
}

/**
 * Makes a call, and once more if the token had expired and the provider has another. Lambda's credentials are in the
 * environment of the container and stay as they are: there the error is thrown.
 *
 * @throws what `call` throws
 */
export async function withFreshCredentials<T>(client: Client, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error) || !isExpiredToken(error) || !(await hasNewCredentials(client)))
      throw error;
    return call();
  }
}

async function hasNewCredentials({ config }: Client): Promise<boolean> {
  const before = await config.credentials();
  const after = await config.credentials({ forceRefresh: true });
  return after.sessionToken !== before.sessionToken || after.accessKeyId !== before.accessKeyId;
}
