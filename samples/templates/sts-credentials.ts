import { accessKeyId, principalId } from '../identities.ts';
import type { Json } from '../json-text.ts';
import type { Call } from '../template.ts';
import { awsDate } from './values.ts';

/** CloudTrail keeps the session token (which alone opens nothing) and leaves the secret key out. */
export function credentials(call: Call): Json {
  return {
    accessKeyId: accessKeyId(call.random, 'ASIA'),
    sessionToken: `EXAMPLE${call.random.base64(8)}SESSIONTOKEN//////////`,
    expiration: awsDate(call.time, 1),
  };
}

export function assumedRoleUser(call: Call, roleName: string, sessionName: string): Json {
  return {
    assumedRoleId: `${principalId(call.random, 'AROA')}:${sessionName}`,
    arn: `arn:aws:sts::${call.accountId}:assumed-role/${roleName}/${sessionName}`,
  };
}
