import type { StaticContext } from '../../../lambda/normalize/profiles/detection.ts';

/** Labels and account names of the tests of profile `detection`. */
export const CONTEXT: StaticContext = {
  labels: { env: 'prod', team: 'payments' },
  accountNames: new Map([['111122223333', 'payments-prod']]),
};
