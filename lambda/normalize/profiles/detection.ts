import type { JsonObject, JsonValue, Resource, SekoiaEvent } from '../event.ts';
import { normalizeRecord } from '../normalize-record.ts';
import { object, scalar, scalarOrEmpty, unlessEmpty } from '../value.ts';

/** What a deployment knows about its events. */
export interface StaticContext {
  /** `labels.*` of every event. @default - no labels */
  labels?: Readonly<Record<string, string>> | undefined;
  /** `cloud.account.name` by account ID. @default - no names */
  accountNames?: ReadonlyMap<string, string> | undefined;
}

/**
 * Returns profile `detection`: the seed's event with what detection rules ask for. It changes no member of the seed but
 * the two outcomes.
 */
export function createDetection({ labels, accountNames }: StaticContext) {
  return (message: string, record: JsonObject): SekoiaEvent => {
    const event = normalizeRecord(message, record);
    if (hasFailed(record)) event.event.outcome = event.action.outcome = 'failure';
    event.event.id = scalar(record.eventID) ?? scalar(record.eventId);
    if (event.user?.name === undefined) nameCaller(event, object(record.userIdentity));
    if (event.action.properties?.resources)
      event.action.properties.resources = describeResources(record.resources);
    addCloudTrailFields(event, record);
    nameAccount(event, record, accountNames);
    if (labels) event.labels = labels;
    return event;
  };
}

/** A failed console login has no `errorCode`. */
function hasFailed(record: JsonObject): boolean {
  if (scalar(record.errorCode) !== undefined) return true;
  return record.eventName === 'ConsoleLogin' && object(record.responseElements).ConsoleLogin === 'Failure';
}

function nameCaller(event: SekoiaEvent, identity: JsonObject): void {
  const issuer = object(object(identity.sessionContext).sessionIssuer);
  const name = scalar(identity.userName) ?? scalar(issuer.userName);
  if (name !== undefined) event.user = { ...event.user, name };
}

/** The entries that the seed has: those with an `ARN`. */
function describeResources(resources: JsonValue | undefined): Resource[] {
  const described: Resource[] = [];
  for (const entry of Array.isArray(resources) ? resources : []) {
    const { ARN, type, accountId } = object(entry);
    const arn = scalarOrEmpty(ARN);
    if (arn !== undefined) described.push({ ARN: arn, accountId: scalar(accountId), type: scalar(type) });
  }
  return described;
}

function addCloudTrailFields(event: SekoiaEvent, record: JsonObject): void {
  const mfaUsed = scalar(object(record.additionalEventData).MFAUsed);
  const added = unlessEmpty({
    additional_event_data: mfaUsed === undefined ? undefined : { mfa_used: mfaUsed },
    event_category: scalar(record.eventCategory),
    management_event: scalar(record.managementEvent),
    read_only: scalar(record.readOnly),
    shared_event_id: scalar(record.sharedEventID),
    vpc_endpoint_id: scalar(record.vpcEndpointId),
  });
  if (added) event.aws = { cloudtrail: { ...event.aws?.cloudtrail, ...added } };
}

function nameAccount(
  { cloud }: SekoiaEvent,
  record: JsonObject,
  accountNames: StaticContext['accountNames'],
): void {
  const id = cloud.account?.id ?? scalar(record.recipientAccountId);
  if (id !== undefined) cloud.account = { id, name: accountNames?.get(String(id)) };
}
