import type { ActionIdentity, CloudTrailIdentity, JsonObject } from './event.ts';
import { object, scalarOrEmpty, unlessEmpty } from './value.ts';

/** Picks `action.properties.userIdentity` from a record's `userIdentity`. */
export function pickActionIdentity(identity: JsonObject): ActionIdentity | undefined {
  const session = object(identity.sessionContext);
  const issuer = object(session.sessionIssuer);
  const mfaAuthenticated = scalarOrEmpty(object(session.attributes).mfaAuthenticated);
  return unlessEmpty({
    accountId: scalarOrEmpty(identity.accountId),
    arn: scalarOrEmpty(identity.arn),
    invokedBy: scalarOrEmpty(identity.invokedBy),
    principalId: scalarOrEmpty(identity.principalId),
    sessionContext: unlessEmpty({
      attributes: mfaAuthenticated === undefined ? undefined : { mfaAuthenticated },
      sessionIssuer: unlessEmpty({
        arn: scalarOrEmpty(issuer.arn),
        type: scalarOrEmpty(issuer.type),
        userName: scalarOrEmpty(issuer.userName),
      }),
    }),
    type: scalarOrEmpty(identity.type),
    userName: scalarOrEmpty(identity.userName),
  });
}

/** Picks `aws.cloudtrail.user_identity`, which adds the access key and has less of the session. */
export function pickCloudTrailIdentity(identity: JsonObject): CloudTrailIdentity | undefined {
  const issuer = object(object(identity.sessionContext).sessionIssuer);
  const sessionIssuer = unlessEmpty({
    arn: scalarOrEmpty(issuer.arn),
    userName: scalarOrEmpty(issuer.userName),
  });
  return unlessEmpty({
    accessKeyId: scalarOrEmpty(identity.accessKeyId),
    accountId: scalarOrEmpty(identity.accountId),
    arn: scalarOrEmpty(identity.arn),
    principalId: scalarOrEmpty(identity.principalId),
    sessionContext: sessionIssuer && { sessionIssuer },
    type: scalarOrEmpty(identity.type),
  });
}
