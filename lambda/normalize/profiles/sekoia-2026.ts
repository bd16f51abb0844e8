import type { ActionIdentity, CloudTrailIdentity, IdentityScope, JsonObject, SekoiaEvent } from '../event.ts';
import { flattenInOrder } from '../flatten.ts';
import { pickActionIdentity, pickCloudTrailIdentity } from '../identity.ts';
import { type Mapping, normalizeRecord } from '../normalize-record.ts';
import { object, scalar, unlessEmpty } from '../value.ts';

/**
 * Profile `sekoia-2026`: the rules of Sekoia's samples of August 2026. They changed the spelling of flattened text, leave
 * out empty text of the caller, report failed calls, and added a few fields.
 */
export function normalizeAsSekoia2026(message: string, record: JsonObject): SekoiaEvent {
  const event = normalizeRecord(message, record, MAPPING);
  // Not `insightDetails.errorCode`: an Insight is about failed calls, but is no failed call.
  if (scalar(record.errorCode) !== undefined) event.event.outcome = event.action.outcome = 'failure';
  const sub = scalar(object(record.additionalEventData).sub);
  const policy = pickPolicy(object(object(record.responseElements).policy));
  if (sub === undefined && policy === undefined) return event;
  const cloudtrail = { ...event.aws?.cloudtrail, sub };
  if (policy) cloudtrail.response_elements = { ...cloudtrail.response_elements, policy };
  event.aws = { cloudtrail };
  return event;
}

const MAPPING: Mapping = {
  flatten: flattenInOrder,
  pickActionIdentity: (identity) => withScope<ActionIdentity>(pickActionIdentity(identity, scalar), identity),
  pickCloudTrailIdentity: (identity) =>
    withScope<CloudTrailIdentity>(pickCloudTrailIdentity(identity, scalar), identity),
};

function withScope<T extends { inScopeOf?: IdentityScope | undefined }>(
  picked: T | undefined,
  identity: JsonObject,
): T | { inScopeOf: IdentityScope } | undefined {
  const { credentialsIssuedTo, issuerType } = object(identity.inScopeOf);
  const inScopeOf = unlessEmpty({
    credentialsIssuedTo: scalar(credentialsIssuedTo),
    issuerType: scalar(issuerType),
  });
  return inScopeOf ? { ...picked, inScopeOf } : picked;
}

function pickPolicy(policy: JsonObject) {
  return unlessEmpty({
    arn: scalar(policy.arn),
    policyId: scalar(policy.policyId),
    policyName: scalar(policy.policyName),
  });
}
