import { DEFAULT_PATHS } from '../../../lambda/select/parse-redaction.ts';

/** What must not occur in any output. */
export const CANARY = 'canary-3141592653';

/** Returns a record with a canary at each default path, also under other spellings, and in JSON inside a text. */
export function recordWithCanaries(others: object = {}): Record<string, unknown> {
  const record = {
    eventVersion: '1.11',
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    ...others,
  };
  const responseElements = { credentials: { sessionToken: CANARY }, accessKey: { secretAccessKey: CANARY } };
  const names = DEFAULT_PATHS.filter((path) => /^\*\*\.\w+$/.test(path)).map((path) =>
    path.slice('**.'.length),
  );
  const leaves = Object.fromEntries(
    names.flatMap((name) => [
      [name, CANARY],
      [name.toUpperCase(), [CANARY]],
      [name.replace(/[A-Z]/g, '_$&'), { inside: CANARY }],
    ]),
  );
  const environment = [{ name: 'A', value: CANARY }];
  const requestParameters = {
    ...leaves,
    deep: [{ ...leaves, environment }],
    containers: [{ environment }],
    function: { environment: { variables: { A: CANARY } } },
    project: { environmentVariables: environment },
    policy: JSON.stringify({ ...leaves, environment }),
  };
  // Fields that the normalizer picks.
  const picked = { userData: CANARY, pendingModifiedValues: { masterUserPassword: CANARY } };
  return {
    ...record,
    requestParameters,
    responseElements: { ...responseElements, ...picked },
    userIdentity: { type: 'AssumedRole', sessionContext: { token: CANARY } },
  };
}
