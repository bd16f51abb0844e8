import { isExpiredToken } from './call-error.ts';

/** The part of an SDK client that is used here. */
interface Client {
  config: {
    credentials(options?: {
      forceRefresh: boolean;
    }): Promise<{ accessKeyId: string; sessionToken?: string | undefined }>;
  };
}

/**
 * Makes a call, and repeats it once if the token has expired and the provider has a new one. In Lambda it has none,
 * because the credentials are environment variables that do not change.
 *
 * @throws the errors of `call`
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
