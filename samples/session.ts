import { actorProfiles } from './actors.ts';
import type { ActorKind, SessionPlace } from './caller.ts';
import { toJsonText } from './json-text.ts';
import type { Random } from './random.ts';
import type { Session, Template } from './template.ts';

/** Opens a session that repeats a few of the templates. All templates must allow the actor. */
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

/** Returns the same item for every call of a session. */
export function steady<T>(session: Session, items: readonly T[]): T {
  if (items.length === 0) throw new RangeError('cannot pick an item: the list is empty');
  return items[session.salt % items.length] as T;
}
