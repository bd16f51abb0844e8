import type { ActorKind, Tls } from './caller.ts';
import type { Json } from './json-text.ts';
import type { Random } from './random.ts';

/** A run of calls by one principal, with one address, one user agent and one set of credentials. */
export interface Session {
  readonly actor: ActorKind;
  readonly accountId: string;
  readonly region: string;
  /** `userIdentity` as JSON text; rendered once, because it is 20 % of the text. */
  readonly identityText: string;
  readonly sourceIpAddress: string;
  /** `userAgent` as JSON text. */
  readonly userAgentText: string;
  readonly fromConsole: boolean;
  readonly tls: Tls | undefined;
  readonly vpcEndpointId: string | undefined;
  /** Selects the bucket, role, key … that all calls of the session use. */
  readonly salt: number;
  readonly callCount: number;
  /** The few calls that the session repeats. */
  readonly templates: readonly Template[];
}

/** One call of a session, as a template sees it. */
export interface Call {
  readonly random: Random;
  readonly session: Session;
  readonly accountId: string;
  readonly region: string;
  /** `eventTime`: RFC 3339, without fractions of a second. */
  readonly time: string;
}

/** The parts of a record that differ between events. Omitted ones are absent or `null`, as in AWS. */
export interface Body {
  readonly requestParameters?: Json;
  readonly responseElements?: Json;
  readonly additionalEventData?: Json;
  readonly resources?: Json;
  readonly serviceEventDetails?: Json;
  readonly insightDetails?: Json;
  readonly eventContext?: Json;
  readonly addendum?: Json;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** `null` omits `requestID`, as in service events. @default a UUID */
  readonly requestId?: string | null;
  readonly sharedEventId?: string;
  /** Replaces the session's identity if the service itself makes the call. */
  readonly userIdentity?: Json;
  readonly sourceIpAddress?: string;
  readonly userAgent?: string;
}

export interface Template {
  /** `eventSource` without `.amazonaws.com`. */
  readonly service: string;
  readonly event: string;
  /** Distinguishes templates of the same event. */
  readonly variant?: string;
  readonly actors: readonly ActorKind[];
  /** Relative frequency among the templates of the same actor. */
  readonly weight: number;
  readonly readOnly: boolean;
  /** @default 'Management' */
  readonly category?: 'Management' | 'Data' | 'NetworkActivity' | 'Insight';
  /** @default 'AwsApiCall' */
  readonly eventType?: string;
  readonly eventVersion?: string;
  readonly apiVersion?: string;
  /** The only region in which a global service records its events. */
  readonly region?: string;
  /** Characters that the service writes as `\u…`, like `<` or `é`. */
  readonly escape?: 'html' | 'non-ascii';
  build(call: Call): Body;
}

/** Returns a unique name like `s3:GetObject` or `s3:GetBucketPolicy/NoSuchBucketPolicy`. */
export function templateName(template: Template): string {
  const variant = template.variant === undefined ? '' : `/${template.variant}`;
  return `${template.service}:${template.event}${variant}`;
}
