/** A JSON value as JSON.parse returns it. */
export type JsonValue = null | string | number | boolean | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Value of a scalar field: CloudTrail's own, unchanged. */
export type Scalar = string | number | boolean;

/** Only `success` in profile `seed`. */
export type Outcome = 'success' | 'failure';

/**
 * The delivered event: Sekoia.io's ECS-style form of one CloudTrail record.
 *
 * Fields without a source are `undefined` here and absent from the JSON text. No object is empty. Members that the
 * seed does not have name their profile. `docs/event.schema.json` and its siblings per profile are the same definition
 * as JSON Schema.
 */
export interface SekoiaEvent {
  /** The record's text, exactly as in the log object. */
  message: string;
  event: {
    action?: Scalar | undefined;
    category: string[];
    code?: Scalar | undefined;
    /** Profile `detection`. */
    id?: Scalar | undefined;
    outcome: Outcome;
    provider?: Scalar | undefined;
    reason?: Scalar | undefined;
    type: string[];
  };
  /** RFC 3339 in UTC, ending in `Z`. */
  '@timestamp'?: string | undefined;
  action: {
    name?: Scalar | undefined;
    outcome: Outcome;
    properties?: ActionProperties | undefined;
    target: 'network-traffic';
    type?: Scalar | undefined;
  };
  aws?: { cloudtrail: CloudTrailFields } | undefined;
  cloud: {
    /** Its name only in profile `detection`. */
    account?: { id: Scalar; name?: string | undefined } | undefined;
    instance?: { id: Scalar } | undefined;
    provider: 'aws';
    region?: Scalar | undefined;
    service: { name: 'cloudtrail' };
  };
  /** Profile `detection`: the same for every event of a deployment. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** Place of the record in its log object; only if `message` was truncated or redacted. */
  log?: LogPlace | undefined;
  related?:
    | { hosts?: string[] | undefined; ip?: string[] | undefined; user?: Scalar[] | undefined }
    | undefined;
  source?: Source | undefined;
  tls?: { cipher?: Scalar | undefined; version?: Scalar | undefined } | undefined;
  user?: { id?: Scalar | undefined; name?: Scalar | undefined } | undefined;
  user_agent?: UserAgentFields | undefined;
}

export type LogFlag = 'redacted' | 'truncated';

export interface LogPlace {
  file: { path: string };
  /** What the event lacks of the record: `redacted`, `truncated`. */
  flags?: LogFlag[] | undefined;
  /** Index of the record in its log object, from 0. */
  offset: number;
}

/**
 * A record that profile `raw` delivers as its own text: `message`. The other members are not delivered. Rules and the
 * report of a delivery read them.
 */
export interface RawEvent {
  kind: 'raw';
  message: string;
  event: { action?: Scalar | undefined; provider?: Scalar | undefined };
  '@timestamp'?: string | undefined;
  log?: LogPlace | undefined;
}

/** The event delivered for a record that cannot be normalized. */
export interface PipelineErrorEvent {
  '@timestamp': string;
  /** The record's text; absent if it was too long to read, or could not be searched for secrets. */
  message?: string | undefined;
  /** `hash` is the SHA-256 of a text that could not be searched. */
  event: { kind: 'pipeline_error'; hash?: string | undefined };
  error: { message: string; type: string };
  log: LogPlace;
}

export interface ActionProperties {
  errorCode?: Scalar | undefined;
  errorMessage?: Scalar | undefined;
  recipientAccountId?: Scalar | undefined;
  requestParameters?: { userData: Scalar } | undefined;
  resources?: Resource[] | undefined;
  responseElements?: { publiclyAccessible: Scalar } | undefined;
  userIdentity?: ActionIdentity | undefined;
}

export interface Resource {
  ARN: Scalar;
  /** Profile `detection`, like `type`. */
  accountId?: Scalar | undefined;
  type?: Scalar | undefined;
}

/** Profile `sekoia-2026`: whom the service issued the caller's credentials to. */
export interface IdentityScope {
  credentialsIssuedTo?: Scalar | undefined;
  issuerType?: Scalar | undefined;
}

/** The caller, in `action.properties.userIdentity`. Empty text counts as a value here. */
export interface ActionIdentity {
  accountId?: Scalar | undefined;
  arn?: Scalar | undefined;
  inScopeOf?: IdentityScope | undefined;
  invokedBy?: Scalar | undefined;
  principalId?: Scalar | undefined;
  sessionContext?:
    | {
        attributes?: { mfaAuthenticated: Scalar } | undefined;
        sessionIssuer?:
          | { arn?: Scalar | undefined; type?: Scalar | undefined; userName?: Scalar | undefined }
          | undefined;
      }
    | undefined;
  type?: Scalar | undefined;
  userName?: Scalar | undefined;
}

/** The caller, in `aws.cloudtrail.user_identity`. Empty text counts as a value here. */
export interface CloudTrailIdentity {
  accessKeyId?: Scalar | undefined;
  accountId?: Scalar | undefined;
  arn?: Scalar | undefined;
  inScopeOf?: IdentityScope | undefined;
  principalId?: Scalar | undefined;
  sessionContext?: { sessionIssuer: { arn?: Scalar | undefined; userName?: Scalar | undefined } } | undefined;
  type?: Scalar | undefined;
}

export interface CloudTrailFields extends DetectionFields {
  cluster_name?: Scalar | undefined;
  /** JSON text with sorted keys; numbers as their source text. In profile `sekoia-2026`, keys are in their own order. */
  flattened?: Flattened | undefined;
  response_elements?:
    | {
        pendingModifiedValues?: { masterUserPassword: Scalar } | undefined;
        /** Profile `sekoia-2026`. */
        policy?: PolicyFields | undefined;
        user?: { userName: Scalar } | undefined;
      }
    | undefined;
  /** Profile `sekoia-2026`. */
  sub?: Scalar | undefined;
  user_identity?: CloudTrailIdentity | undefined;
}

/** Members of `aws.cloudtrail` in profile `detection`. */
export interface DetectionFields {
  additional_event_data?: { mfa_used: Scalar } | undefined;
  event_category?: Scalar | undefined;
  management_event?: Scalar | undefined;
  read_only?: Scalar | undefined;
  shared_event_id?: Scalar | undefined;
  vpc_endpoint_id?: Scalar | undefined;
}

export interface PolicyFields {
  arn?: Scalar | undefined;
  policyId?: Scalar | undefined;
  policyName?: Scalar | undefined;
}

export interface Flattened {
  request_parameters?: string | undefined;
  response_elements?: string | undefined;
}

/** Origin of the call: an IP address, or a host name split by the Public Suffix List. */
export interface Source {
  address: string;
  domain?: string | undefined;
  ip?: string | undefined;
  registered_domain?: string | undefined;
  subdomain?: string | undefined;
  top_level_domain?: string | undefined;
}

export interface UserAgentFields {
  device: { name: string };
  name: string;
  /** The user agent exactly as in the record. */
  original: string;
  os: { name: string; version?: string | undefined };
  version?: string | undefined;
}
