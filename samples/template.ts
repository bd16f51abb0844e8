import type { ActorKind, Tls } from './caller.ts';
import type { Json } from './json-text.ts';
import type { Random } from './random.ts';

/** One principal with one address, one user agent and one set of credentials, over a run of calls. */
export interface Session {
  readonly actor: ActorKind;
  readonly accountId: string;
  readonly region: string;
  /** `userIdentity` as JSON text: rendered once, it is a fifth of every record. */
  readonly identityText: string;
  readonly sourceIpAddress: string;
  /** `userAgent` as JSON text. */
  readonly userAgentText: string;
  readonly fromConsole: boolean;
  readonly tls: Tls | undefined;
  readonly vpcEndpointId: string | undefined;
  /** Picks the bucket, role, key … that the whole run works on. */
  readonly salt: number;
  readonly callCount: number;
  /** The few calls this run repeats. */
  readonly templates: readonly Template[];
}

/** One call of a session, as a template sees it. */
export interface Call {
  readonly random: Random;
  readonly session: Session;
  readonly accountId: string;
  readonly region: string;
  /** `eventTime`: RFC 3339, whole seconds. */
  readonly time: string;
}

/** The parts of a record that differ from event to event; what is left out is absent or `null` as in AWS. */
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
  /** `null` leaves `requestID` out, as service events do. @default a UUID */
  readonly requestId?: string | null;
  readonly sharedEventId?: string;
  /** In place of the session's own, where the service speaks for itself. */
  readonly userIdentity?: Json;
  readonly sourceIpAddress?: string;
  readonly userAgent?: string;
}

export interface Template {
  /** `eventSource` without `.amazonaws.com`. */
  readonly service: string;
  readonly event: string;
  /** Tells apart templates of the same event. */
  readonly variant?: string;
  readonly actors: readonly ActorKind[];
  /** How often, next to the other templates of the same actor. */
  readonly weight: number;
  readonly readOnly: boolean;
  /** @default 'Management' */
  readonly category?: 'Management' | 'Data' | 'NetworkActivity' | 'Insight';
  /** @default 'AwsApiCall' */
  readonly eventType?: string;
  readonly eventVersion?: string;
  readonly apiVersion?: string;
  /** The one region that a global service records its events in. */
  readonly region?: string;
  /** Some services write `<` or `é` as `\u…`: how that looks must not matter to a reader. */
  readonly escape?: 'html' | 'non-ascii';
  build(call: Call): Body;
}

/** `s3:GetObject`, `s3:GetBucketPolicy/NoSuchBucketPolicy`: unique in the corpus. */
export function templateName(template: Template): string {
  const variant = template.variant === undefined ? '' : `/${template.variant}`;
  return `${template.service}:${template.event}${variant}`;
}
