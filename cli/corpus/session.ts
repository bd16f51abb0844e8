import { actorProfiles } from './actors.ts';
import { type Json, toJsonText } from './json-text.ts';
import type { Random } from './random.ts';
import type { Template } from './template.ts';

export type ActorKind =
  | 'application'
  | 'service-role'
  | 'aws-service'
  | 'terraform'
  | 'console'
  | 'operator'
  | 'root'
  | 'federated'
  | 'saml'
  | 'web-identity'
  | 'identity-center'
  | 'signing-in'
  | 'outside-account';

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
  readonly tls: { readonly version: string; readonly cipherSuite: string } | undefined;
  readonly vpcEndpointId: string | undefined;
  /** Picks the bucket, role, key … that the whole run works on. */
  readonly salt: number;
  readonly callCount: number;
  /** The few calls this run repeats. */
  readonly templates: readonly Template[];
}

export interface Caller {
  readonly identity: Json;
  readonly sourceIpAddress: string;
  readonly userAgent: string;
  readonly fromConsole?: boolean;
  readonly tls?: Session['tls'];
  readonly vpcEndpointId?: string;
}

export interface SessionPlace {
  readonly accountId: string;
  readonly region: string;
  /** When the session's first call is made. */
  readonly time: Date;
}

/** Opens a session that makes a few of the templates' calls; all of them must suit the actor. */
export function openSession(
  random: Random,
  actor: ActorKind,
  place: SessionPlace,
  templates: readonly Template[],
): Session {
  const profile = actorProfiles[actor];
  const caller = profile.open(random, place);
  const habits = random.int(1, profile.mostHabits);
  return {
    actor,
    accountId: place.accountId,
    region: place.region,
    identityText: toJsonText(caller.identity),
    sourceIpAddress: caller.sourceIpAddress,
    userAgentText: toJsonText(caller.userAgent),
    fromConsole: caller.fromConsole ?? false,
    tls: caller.tls,
    vpcEndpointId: caller.vpcEndpointId,
    salt: random.uint32(),
    callCount: random.int(1, profile.mostCalls),
    templates: Array.from({ length: habits }, () => random.pickWeighted(templates)),
  };
}

/** The same item for every call of a session. */
export function steady<T>(session: Session, items: readonly T[]): T {
  if (items.length === 0) throw new RangeError('nothing to pick from: the list is empty');
  return items[session.salt % items.length] as T;
}
