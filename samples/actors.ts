import type { ActorKind, Caller, SessionPlace } from './caller.ts';
import {
  openConsole,
  openFederated,
  openIdentityCenter,
  openOperator,
  openRoot,
  openSaml,
  openSigningIn,
} from './human-callers.ts';
import {
  openApplication,
  openAwsService,
  openOutsideAccount,
  openServiceRole,
  openTerraform,
  openWebIdentity,
} from './machine-callers.ts';
import type { Random } from './random.ts';

export interface ActorProfile {
  /** Relative share of sessions. */
  readonly weight: number;
  /** Maximum number of calls in a session. */
  readonly mostCalls: number;
  /** Maximum number of different calls in a session. */
  readonly mostHabits: number;
  open(random: Random, place: SessionPlace): Caller;
}

/** Applications and services make most calls, humans only a few. */
export const actorProfiles: Readonly<Record<ActorKind, ActorProfile>> = {
  application: { weight: 40, mostCalls: 30, mostHabits: 3, open: openApplication },
  'service-role': { weight: 28, mostCalls: 25, mostHabits: 3, open: openServiceRole },
  'aws-service': { weight: 54, mostCalls: 30, mostHabits: 2, open: openAwsService },
  terraform: { weight: 6, mostCalls: 40, mostHabits: 6, open: openTerraform },
  console: { weight: 6, mostCalls: 30, mostHabits: 5, open: openConsole },
  operator: { weight: 7, mostCalls: 30, mostHabits: 4, open: openOperator },
  root: { weight: 0.5, mostCalls: 8, mostHabits: 3, open: openRoot },
  federated: { weight: 1, mostCalls: 20, mostHabits: 3, open: openFederated },
  saml: { weight: 1, mostCalls: 2, mostHabits: 1, open: openSaml },
  'web-identity': { weight: 3, mostCalls: 6, mostHabits: 1, open: openWebIdentity },
  'identity-center': { weight: 1.5, mostCalls: 6, mostHabits: 3, open: openIdentityCenter },
  'signing-in': { weight: 2, mostCalls: 3, mostHabits: 2, open: openSigningIn },
  'outside-account': { weight: 1, mostCalls: 12, mostHabits: 1, open: openOutsideAccount },
};
