/** A JSON value as JSON.parse gives it. */
export type JsonValue = null | string | number | boolean | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** What a scalar field may hold: CloudTrail's own value, unchanged. */
export type Scalar = string | number | boolean;

/**
 * The event this project delivers: Sekoia.io's ECS-style form of one CloudTrail record.
 *
 * Fields without a source are `undefined` here and absent from the JSON text; no object is ever empty.
 * `docs/event.schema.json` says the same as JSON Schema.
 */
export interface SekoiaEvent {
  /** The record's own text, character for character as it stands in the log object. */
  message: string;
  event: {
    action?: Scalar | undefined;
    category: string[];
    code?: Scalar | undefined;
    outcome: 'success';
    provider?: Scalar | undefined;
    reason?: Scalar | undefined;
    type: string[];
  };
  /** RFC 3339 in UTC, ending in `Z`. */
  '@timestamp'?: string | undefined;
  action: {
    name?: Scalar | undefined;
    outcome: 'success';
    properties?: ActionProperties | undefined;
    target: 'network-traffic';
    type?: Scalar | undefined;
  };
  aws?: { cloudtrail: CloudTrailFields } | undefined;
  cloud: {
    account?: { id: Scalar } | undefined;
    instance?: { id: Scalar } | undefined;
    provider: 'aws';
    region?: Scalar | undefined;
    service: { name: 'cloudtrail' };
  };
  /** Where the record stands, on an event whose `message` had to be cut. */
  log?: LogPlace | undefined;
  related?:
    | { hosts?: string[] | undefined; ip?: string[] | undefined; user?: Scalar[] | undefined }
    | undefined;
  source?: Source | undefined;
  tls?: { cipher?: Scalar | undefined; version?: Scalar | undefined } | undefined;
  user?: { id?: Scalar | undefined; name?: Scalar | undefined } | undefined;
  user_agent?: UserAgentFields | undefined;
}

export interface LogPlace {
  file: { path: string };
  flags?: string[] | undefined;
  /** Index of the record in its log object, from 0. */
  offset: number;
}

/** What is delivered for a record that cannot be normalized. */
export interface PipelineErrorEvent {
  '@timestamp': string;
  /** The record's text; absent where it was too long to be read. */
  message?: string | undefined;
  event: { kind: 'pipeline_error' };
  error: { message: string; type: string };
  log: LogPlace;
}

export interface ActionProperties {
  errorCode?: Scalar | undefined;
  errorMessage?: Scalar | undefined;
  recipientAccountId?: Scalar | undefined;
  requestParameters?: { userData: Scalar } | undefined;
  resources?: { ARN: Scalar }[] | undefined;
  responseElements?: { publiclyAccessible: Scalar } | undefined;
  userIdentity?: ActionIdentity | undefined;
}

/** Who acted, as `action.properties.userIdentity` tells it. Empty text is a value here. */
export interface ActionIdentity {
  accountId?: Scalar | undefined;
  arn?: Scalar | undefined;
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

/** Who acted, as `aws.cloudtrail.user_identity` tells it. Empty text is a value here. */
export interface CloudTrailIdentity {
  accessKeyId?: Scalar | undefined;
  accountId?: Scalar | undefined;
  arn?: Scalar | undefined;
  principalId?: Scalar | undefined;
  sessionContext?: { sessionIssuer: { arn?: Scalar | undefined; userName?: Scalar | undefined } } | undefined;
  type?: Scalar | undefined;
}

export interface CloudTrailFields {
  cluster_name?: Scalar | undefined;
  /** JSON text with sorted keys, every number as its own source text. */
  flattened?: Flattened | undefined;
  response_elements?:
    | {
        pendingModifiedValues?: { masterUserPassword: Scalar } | undefined;
        user?: { userName: Scalar } | undefined;
      }
    | undefined;
  user_identity?: CloudTrailIdentity | undefined;
}

export interface Flattened {
  request_parameters?: string | undefined;
  response_elements?: string | undefined;
}

/** Where the call came from: an address, or a host name with its split by the Public Suffix List. */
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
  /** The agent as CloudTrail gave it, whole. */
  original: string;
  os: { name: string; version?: string | undefined };
  version?: string | undefined;
}
