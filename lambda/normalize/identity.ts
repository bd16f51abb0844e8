import type { ActionIdentity, CloudTrailIdentity, JsonObject, JsonValue, Scalar } from './event.ts';
import { object, scalarOrEmpty, unlessEmpty } from './value.ts';

/** Returns the value of a member; `undefined` leaves it out. */
type ReadMember = (member: JsonValue | undefined) => Scalar | undefined;

/**
 * Picks `action.properties.userIdentity` from a record's `userIdentity`.
 *
 * @param readMember @default scalarOrEmpty - empty text counts as a value
 */
export function pickActionIdentity(
  identity: JsonObject,
  readMember: ReadMember = scalarOrEmpty,
): ActionIdentity | undefined {
  const session = object(identity.sessionContext);
  const issuer = object(session.sessionIssuer);
  const mfaAuthenticated = readMember(object(session.attributes).mfaAuthenticated);
  return unlessEmpty({
    accountId: readMember(identity.accountId),
    arn: readMember(identity.arn),
    invokedBy: readMember(identity.invokedBy),
    principalId: readMember(identity.principalId),
    sessionContext: unlessEmpty({
      attributes: mfaAuthenticated === undefined ? undefined : { mfaAuthenticated },
      sessionIssuer: unlessEmpty({
        arn: readMember(issuer.arn),
        type: readMember(issuer.type),
        userName: readMember(issuer.userName),
      }),
    }),
    type: readMember(identity.type),
    userName: readMember(identity.userName),
  });
}

/** Picks `aws.cloudtrail.user_identity`, which adds the access key and has less of the session. */
export function pickCloudTrailIdentity(
  identity: JsonObject,
  readMember: ReadMember = scalarOrEmpty,
): CloudTrailIdentity | undefined {
  const issuer = object(object(identity.sessionContext).sessionIssuer);
  const sessionIssuer = unlessEmpty({
    arn: readMember(issuer.arn),
    userName: readMember(issuer.userName),
  });
  return unlessEmpty({
    accessKeyId: readMember(identity.accessKeyId),
    accountId: readMember(identity.accountId),
    arn: readMember(identity.arn),
    principalId: readMember(identity.principalId),
    sessionContext: sessionIssuer && { sessionIssuer },
    type: readMember(identity.type),
  });
}
