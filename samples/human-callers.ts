import type { Caller, SessionPlace } from './caller.ts';
import { publicAddress, sessionStart, tls12, tls13 } from './caller-traits.ts';
import {
  assumedRole,
  federatedUser,
  iamUser,
  identityCenterUser,
  principalId,
  rootUser,
} from './identities.ts';
import type { Random } from './random.ts';
import { browserAgents, cliAgents, consoleAgents } from './user-agents.ts';
import { userNames } from './world.ts';

export function openConsole(random: Random, place: SessionPlace): Caller {
  return {
    identity: assumedRole(random, place.accountId, {
      rolePath: `aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_PowerUser_${random.hex(16)}`,
      sessionName: `${random.pick(userNames)}@example.com`,
      session: sessionStart(random, place, false),
    }),
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(consoleAgents),
    fromConsole: true,
    tls: random.chance(0.7) ? tls13 : tls12,
  };
}

export function openOperator(random: Random, place: SessionPlace): Caller {
  const withMfa = random.chance(0.5) ? sessionStart(random, place, true) : undefined;
  return {
    identity: iamUser(random, place.accountId, random.pick(userNames), withMfa),
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(cliAgents),
    tls: tls13,
  };
}

export function openRoot(random: Random, place: SessionPlace): Caller {
  return {
    identity: rootUser(random, place.accountId, sessionStart(random, place, random.chance(0.5))),
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(browserAgents),
    fromConsole: true,
    tls: tls13,
  };
}

export function openFederated(random: Random, place: SessionPlace): Caller {
  const name = random.pick(userNames);
  return {
    identity: federatedUser(random, place.accountId, name, sessionStart(random, place, false)),
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(cliAgents),
    tls: tls12,
  };
}

export function openSaml(random: Random, place: SessionPlace): Caller {
  const userName = `${random.pick(userNames)}@example.com`;
  return {
    identity: {
      type: 'SAMLUser',
      principalId: `SAMLproviderEXAMPLE=:${userName}`,
      userName,
      identityProvider: `SAMLproviderEXAMPLE${place.accountId}=`,
    },
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(browserAgents),
    tls: tls13,
  };
}

export function openIdentityCenter(random: Random, place: SessionPlace): Caller {
  return {
    identity: identityCenterUser(random, place.accountId),
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(browserAgents),
    tls: tls13,
  };
}

/** Before a successful sign-in there is no ARN, and the access key is an empty string. */
export function openSigningIn(random: Random, place: SessionPlace): Caller {
  return {
    identity: {
      type: 'IAMUser',
      principalId: principalId(random, 'AIDA'),
      accountId: place.accountId,
      accessKeyId: '',
      userName: random.pick(userNames),
    },
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(browserAgents),
    tls: tls13,
  };
}
