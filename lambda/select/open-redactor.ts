import type { RedactPaths } from './redact-paths.ts';
import { createMark, Redactor, readKey } from './redactor.ts';

/**
 * Returns a function that opens the redactor. It reads the key once per container. After a failure, the next call reads
 * it again, so an outage of the service that has the key lasts no longer than itself.
 *
 * @param readSecret reads the secret's text. @default - no key
 */
export function redactorOpener(
  paths: RedactPaths,
  readSecret: (() => Promise<string>) | undefined,
): () => Promise<Redactor> {
  let redactor: Redactor | undefined;
  return async () => {
    redactor ??= new Redactor(
      paths,
      createMark(readSecret && readKey('the secret of REDACT_KEY_SECRET_ARN', await readSecret())),
    );
    return redactor;
  };
}
