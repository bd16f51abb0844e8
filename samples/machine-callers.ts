import type { Caller, SessionPlace } from './caller.ts';
import { publicAddress, sessionStart, tls12, tls13 } from './caller-traits.ts';
import { assumedRole, iamUser, principalId } from './identities.ts';
import type { Json } from './json-text.ts';
import type { Random } from './random.ts';
import { sdkAgents, terraformAgents } from './user-agents.ts';
import { outsideAccountId, roleNames, vpcEndpointIds } from './world.ts';

export function openApplication(random: Random, place: SessionPlace): Caller {
  const role = random.pick(roleNames);
  const viaEndpoint = random.chance(0.35);
  return {
    identity: random.chance(0.25)
      ? iamUser(random, place.accountId, `svc-${role.toLowerCase()}`)
      : applicationRole(random, place, role),
    sourceIpAddress: viaEndpoint ? `10.0.${random.int(0, 15)}.${random.int(4, 250)}` : publicAddress(random),
    userAgent: random.pick(sdkAgents),
    // Not every service reports TLS details yet.
    tls: random.pick([tls13, tls13, tls12, undefined, undefined]),
    ...(viaEndpoint ? { vpcEndpointId: random.pick(vpcEndpointIds) } : {}),
  };
}

function applicationRole(random: Random, place: SessionPlace, role: string): Json {
  return assumedRole(random, place.accountId, {
    rolePath: random.chance(0.3) ? `service-role/${role}` : role,
    sessionName: random.pick([`i-0${random.hex(16)}`, random.hex(32), role, `${role}-${random.hex(6)}`]),
    session: sessionStart(random, place, false),
    ec2RoleDelivery: random.pick(['2.0', undefined]),
    ...(random.chance(0.2) ? { inScopeOf: lambdaScope(place) } : {}),
  });
}

function lambdaScope(place: SessionPlace): Json {
  return {
    issuerType: 'AWS::Lambda::Function',
    credentialsIssuedTo: `arn:aws:lambda:${place.region}:${place.accountId}:function:order-intake`,
  };
}

export function openServiceRole(random: Random, place: SessionPlace): Caller {
  const [service, role, sessionName] = random.pick([
    ['config.amazonaws.com', 'AWSServiceRoleForConfig', 'AWSConfig-Describe'],
    ['autoscaling.amazonaws.com', 'AWSServiceRoleForAutoScaling', 'AutoScaling'],
    ['cloudformation.amazonaws.com', 'CloudFormationDeployer', 'AWSCloudFormation'],
    ['ecs.amazonaws.com', 'AWSServiceRoleForECS', 'ecs-service-scheduler'],
    ['access-analyzer.amazonaws.com', 'AWSServiceRoleForAccessAnalyzer', 'access-analyzer'],
  ]);
  return {
    identity: assumedRole(random, place.accountId, {
      rolePath: role.startsWith('AWSServiceRole') ? `aws-service-role/${service}/${role}` : role,
      sessionName,
      session: sessionStart(random, place, false),
      invokedBy: service,
    }),
    sourceIpAddress: service,
    userAgent: service,
  };
}

export function openAwsService(random: Random): Caller {
  const service = random.pick([
    'ec2',
    'lambda',
    'ecs-tasks',
    'firehose',
    'cloudtrail',
    'states',
    'delivery.logs',
  ]);
  const invokedBy = `${service}.amazonaws.com`;
  return { identity: { type: 'AWSService', invokedBy }, sourceIpAddress: invokedBy, userAgent: invokedBy };
}

export function openTerraform(random: Random, place: SessionPlace): Caller {
  return {
    identity: assumedRole(random, place.accountId, {
      rolePath: 'ci/TerraformDeploy',
      sessionName: random.pick(['GitHubActions', 'gitlab-ci-4711', 'atlantis']),
      session: sessionStart(random, place, false),
      federatedProvider: `arn:aws:iam::${place.accountId}:oidc-provider/token.actions.githubusercontent.com`,
    }),
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(terraformAgents),
    tls: tls13,
  };
}

export function openWebIdentity(random: Random, place: SessionPlace): Caller {
  const [issuer, userName] = random.pick([
    [
      `oidc.eks.${place.region}.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE`,
      'system:serviceaccount:shop:order-intake',
    ],
    ['token.actions.githubusercontent.com', 'repo:example-org/platform:ref:refs/heads/main'],
  ]);
  const identityProvider = `arn:aws:iam::${place.accountId}:oidc-provider/${issuer}`;
  return {
    identity: {
      type: 'WebIdentityUser',
      principalId: `${identityProvider}:sts.amazonaws.com:${userName}`,
      userName,
      identityProvider,
    },
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(sdkAgents),
    tls: tls13,
  };
}

/** CloudTrail records a caller from another account without name or ARN. */
export function openOutsideAccount(random: Random): Caller {
  return {
    identity: {
      type: 'AWSAccount',
      principalId: `${principalId(random, 'AROA')}:partner-sync`,
      accountId: outsideAccountId,
    },
    sourceIpAddress: publicAddress(random),
    userAgent: random.pick(sdkAgents),
    tls: tls12,
    vpcEndpointId: random.pick(vpcEndpointIds),
  };
}
