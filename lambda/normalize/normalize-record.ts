import { categorize } from './category.ts';
import type {
  ActionProperties,
  CloudTrailFields,
  JsonObject,
  JsonValue,
  RawEvent,
  Resource,
  SekoiaEvent,
  UserAgentFields,
} from './event.ts';
import { flattenParameters } from './flatten.ts';
import { pickActionIdentity, pickCloudTrailIdentity } from './identity.ts';
import { parseSource } from './source.ts';
import { normalizeTimestamp } from './timestamp.ts';
import { parseUserAgent } from './user-agent.ts';
import { isObject, object, scalar, scalarOrEmpty, text, unlessEmpty } from './value.ts';

/** Thrown for a record that is not a JSON object. The message never contains the record's content. */
export class MalformedRecordError extends Error {
  override name = 'MalformedRecordError';
}

/**
 * Rules of a profile: make the event of one record. Pure: the same text always gives the same event.
 *
 * @param message the record's text, exactly as in the log object
 * @param record  the same text, parsed
 */
export type Normalize = (message: string, record: JsonObject) => SekoiaEvent | RawEvent;

/** The parts of the mapping that a profile can replace. Fields that a profile only adds are added to the event. */
export interface Mapping {
  flatten: typeof flattenParameters;
  pickActionIdentity(identity: JsonObject): ReturnType<typeof pickActionIdentity>;
  pickCloudTrailIdentity(identity: JsonObject): ReturnType<typeof pickCloudTrailIdentity>;
}

/** The mapping of Sekoia's 14 samples of July 2024. */
const SEED: Mapping = {
  flatten: flattenParameters,
  pickActionIdentity,
  pickCloudTrailIdentity,
};

/**
 * Normalizes one CloudTrail record to one Sekoia event. Pure: the same text always gives the same event.
 *
 * @param message the record's text, exactly as in the log object
 * @param parsed  the result of `JSON.parse`, if the caller has it
 * @param mapping @default - that of profile `seed`
 * @throws MalformedRecordError if the text is not JSON, or not an object
 */
export function normalizeRecord(message: string, parsed?: JsonObject, mapping: Mapping = SEED): SekoiaEvent {
  const record = parsed ?? parseRecord(message);
  const identity = object(record.userIdentity);
  const insight = object(record.insightDetails);
  const request = object(record.requestParameters);
  const response = object(record.responseElements);
  const tls = object(record.tlsDetails);

  const eventName = scalar(record.eventName);
  const { category, type } = categorize(eventName, response);
  const isAggregated = record.eventType === 'AwsAggregatedEvent';
  const eventTime = text(isAggregated ? object(record.timeWindow).windowStart : record.eventTime);
  const accountId = scalar(isAggregated ? record.accountId : identity.accountId);
  const instanceId = scalar(request.instanceId);
  const userName = scalar(object(response.user).userId);
  const sourceIPAddress = text(record.sourceIPAddress);
  const source = sourceIPAddress === undefined ? undefined : parseSource(sourceIPAddress);
  const userAgent = text(record.userAgent);
  const cloudtrail = pickCloudTrailFields(record, message, identity, response, mapping);

  return {
    message,
    event: {
      action: eventName ?? scalar(insight.eventName),
      category,
      code: scalar(record.errorCode) ?? scalar(insight.errorCode),
      // Sekoia's samples have "success" even for failed calls; `event.code` distinguishes them.
      outcome: 'success',
      provider: scalar(record.eventSource) ?? scalar(insight.eventSource),
      reason: scalar(record.errorMessage),
      type,
    },
    '@timestamp': eventTime === undefined ? undefined : normalizeTimestamp(eventTime),
    action: {
      name: eventName,
      outcome: 'success',
      properties: pickProperties(record, identity, request, response, mapping),
      target: 'network-traffic',
      type: scalar(record.eventType),
    },
    aws: cloudtrail && { cloudtrail },
    cloud: {
      account: accountId === undefined ? undefined : { id: accountId },
      instance: instanceId === undefined ? undefined : { id: instanceId },
      provider: 'aws',
      region: scalar(record.awsRegion),
      service: { name: 'cloudtrail' },
    },
    related: unlessEmpty({
      hosts: source?.domain === undefined ? undefined : [source.domain],
      ip: source?.ip === undefined ? undefined : [source.ip],
      user: userName === undefined ? undefined : [userName],
    }),
    source,
    tls: unlessEmpty({ cipher: scalar(tls.cipherSuite), version: scalar(tls.tlsVersion) }),
    user: unlessEmpty({ id: scalar(identity.accountId), name: userName }),
    user_agent: userAgent === undefined ? undefined : describeUserAgent(userAgent),
  };
}

/** @throws MalformedRecordError if the text is not JSON, or not an object */
export function parseRecord(message: string): JsonObject {
  let record: JsonValue;
  try {
    record = JSON.parse(message);
  } catch {
    // Drops the parser's message, because it quotes the content.
    throw new MalformedRecordError('the record is not JSON');
  }
  if (!isObject(record)) throw new MalformedRecordError('the record is JSON, but not an object');
  return record;
}

function pickProperties(
  record: JsonObject,
  identity: JsonObject,
  request: JsonObject,
  response: JsonObject,
  mapping: Mapping,
): ActionProperties | undefined {
  const userData = scalar(request.userData);
  const publiclyAccessible = scalar(response.publiclyAccessible);
  return unlessEmpty({
    errorCode: scalar(record.errorCode),
    errorMessage: scalar(record.errorMessage),
    recipientAccountId: scalar(
      record.eventType === 'AwsAggregatedEvent' ? record.accountId : record.recipientAccountId,
    ),
    requestParameters: userData === undefined ? undefined : { userData },
    resources: pickResources(record.resources),
    responseElements: publiclyAccessible === undefined ? undefined : { publiclyAccessible },
    userIdentity: mapping.pickActionIdentity(identity),
  });
}

function pickResources(resources: JsonValue | undefined): Resource[] | undefined {
  if (!Array.isArray(resources)) return undefined;
  const picked: Resource[] = [];
  for (const resource of resources) {
    const ARN = scalarOrEmpty(object(resource).ARN);
    if (ARN !== undefined) picked.push({ ARN });
  }
  return picked.length > 0 ? picked : undefined;
}

function pickCloudTrailFields(
  record: JsonObject,
  message: string,
  identity: JsonObject,
  response: JsonObject,
  mapping: Mapping,
): CloudTrailFields | undefined {
  const masterUserPassword = scalar(object(response.pendingModifiedValues).masterUserPassword);
  const userName = scalar(object(response.user).userName);
  return unlessEmpty({
    cluster_name: scalar(object(response.cluster).clusterName),
    flattened: mapping.flatten(record, message),
    response_elements: unlessEmpty({
      pendingModifiedValues: masterUserPassword === undefined ? undefined : { masterUserPassword },
      user: userName === undefined ? undefined : { userName },
    }),
    user_identity: mapping.pickCloudTrailIdentity(identity),
  });
}

function describeUserAgent(userAgent: string): UserAgentFields {
  const { device, name, os, version } = parseUserAgent(userAgent);
  return { device, name, original: userAgent, os, version };
}
