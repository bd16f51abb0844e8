import type { Json } from './json-text.ts';
import type { Random } from './random.ts';

/**
 * `userIdentity` elements, with fields in AWS's order:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */

/** Returns a unique ID in the form of AWS's examples: `AIDA` and 17 characters that end in `EXAMPLE`. */
export function principalId(random: Random, prefix: 'AIDA' | 'AROA'): string {
  return `${prefix}${random.base32(14 - prefix.length)}EXAMPLE`;
}

/** Returns 20 characters like `ASIAIOSFODNN7EXAMPLE`; `ASIA` is temporary, `AKIA` long-lived. */
export function accessKeyId(random: Random, prefix: 'ASIA' | 'AKIA'): string {
  return `${prefix}${random.base32(9)}EXAMPLE`;
}

export interface SessionAttributes {
  readonly creationDate: string;
  readonly mfaAuthenticated: boolean;
}

export function iamUser(
  random: Random,
  accountId: string,
  userName: string,
  session?: SessionAttributes,
): Json {
  return {
    type: 'IAMUser',
    principalId: principalId(random, 'AIDA'),
    arn: `arn:aws:iam::${accountId}:user/${userName}`,
    accountId,
    accessKeyId: accessKeyId(random, session === undefined ? 'AKIA' : 'ASIA'),
    userName,
    sessionContext: session && {
      sessionIssuer: {},
      webIdFederationData: {},
      attributes: attributesOf(session),
    },
  };
}

export function rootUser(random: Random, accountId: string, session: SessionAttributes): Json {
  return {
    type: 'Root',
    principalId: accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    accountId,
    accessKeyId: accessKeyId(random, 'ASIA'),
    sessionContext: { attributes: attributesOf(session) },
  };
}

export interface AssumedRoleOptions {
  /** Role name with its path, like `service-role/OrderService`. */
  readonly rolePath: string;
  readonly sessionName: string;
  readonly session: SessionAttributes;
  /** Identity provider of a role assumed with a web identity. */
  readonly federatedProvider?: string;
  /** Service that makes the call with the role's credentials. */
  readonly invokedBy?: string;
  readonly ec2RoleDelivery?: '1.0' | '2.0';
  readonly inScopeOf?: Json;
}

export function assumedRole(random: Random, accountId: string, options: AssumedRoleOptions): Json {
  const roleName = options.rolePath.slice(options.rolePath.lastIndexOf('/') + 1);
  const roleId = principalId(random, 'AROA');
  return {
    type: 'AssumedRole',
    principalId: `${roleId}:${options.sessionName}`,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${options.sessionName}`,
    accountId,
    accessKeyId: accessKeyId(random, 'ASIA'),
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: roleId,
        arn: `arn:aws:iam::${accountId}:role/${options.rolePath}`,
        accountId,
        userName: roleName,
      },
      webIdFederationData:
        options.federatedProvider === undefined
          ? undefined
          : { federatedProvider: options.federatedProvider, attributes: {} },
      attributes: attributesOf(options.session),
      ec2RoleDelivery: options.ec2RoleDelivery,
    },
    invokedBy: options.invokedBy,
    inScopeOf: options.inScopeOf,
  };
}

export function federatedUser(
  random: Random,
  accountId: string,
  name: string,
  session: SessionAttributes,
): Json {
  return {
    type: 'FederatedUser',
    principalId: `${accountId}:${name}`,
    arn: `arn:aws:sts::${accountId}:federated-user/${name}`,
    accountId,
    accessKeyId: accessKeyId(random, 'ASIA'),
    sessionContext: {
      sessionIssuer: {
        type: 'IAMUser',
        principalId: principalId(random, 'AIDA'),
        arn: `arn:aws:iam::${accountId}:user/federation-broker`,
        accountId,
        userName: 'federation-broker',
      },
      attributes: attributesOf(session),
    },
  };
}

export function identityCenterUser(random: Random, accountId: string): Json {
  return {
    type: 'IdentityCenterUser',
    accountId,
    onBehalfOf: {
      userId: random.uuid(),
      identityStoreArn: `arn:aws:identitystore::${accountId}:identitystore/d-9067EXAMPL`,
    },
    credentialId: `EXAMPLE${random.hex(24)}`,
  };
}

/** CloudTrail writes `mfaAuthenticated` as a string, not a boolean. */
function attributesOf(session: SessionAttributes): Json {
  return { creationDate: session.creationDate, mfaAuthenticated: String(session.mfaAuthenticated) };
}
