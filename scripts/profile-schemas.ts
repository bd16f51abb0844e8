/**
 * The schemas of the profiles that change the seed's event, as merge patches of `docs/event.schema.json`:
 * https://www.rfc-editor.org/rfc/rfc7396
 */
import type { Profile } from '../lambda/contract.ts';

type Json = null | string | number | boolean | Json[] | JsonObject;
interface JsonObject {
  [key: string]: Json;
}

const SCALAR = { $ref: '#/$defs/scalar' };

const scalars = (...names: string[]) => Object.fromEntries(names.map((name) => [name, SCALAR]));

/** An object with at least one of these members, and no others. */
const objectOf = (properties: JsonObject) => ({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties,
});

/** Patches members deep inside objects: a path of member names to their patches. */
const membersOf = (path: string, members: JsonObject): JsonObject =>
  path
    .split('.')
    .reduceRight<JsonObject>((inner, name) => ({ properties: { [name]: inner } }), { properties: members });

const outcome = (description: string) => ({ const: null, enum: ['success', 'failure'], description });

const IN_SCOPE_OF = objectOf(scalars('credentialsIssuedTo', 'issuerType'));

export const PATCHES: Partial<Record<Profile, JsonObject[]>> = {
  'sekoia-2026': [
    { title: 'Normalized CloudTrail event, profile sekoia-2026' },
    membersOf('event', { outcome: outcome('failure if the record has an errorCode') }),
    membersOf('action', { outcome: outcome('failure if the record has an errorCode') }),
    membersOf('action.properties.userIdentity', { inScopeOf: IN_SCOPE_OF }),
    membersOf('aws.cloudtrail', { sub: { ...SCALAR, description: 'additionalEventData.sub' } }),
    membersOf('aws.cloudtrail.response_elements', {
      policy: objectOf(scalars('arn', 'policyId', 'policyName')),
    }),
    membersOf('aws.cloudtrail.user_identity', { inScopeOf: IN_SCOPE_OF }),
    membersOf('aws.cloudtrail.flattened', {
      request_parameters: { description: 'requestParameters as compact JSON text, keys in their own order' },
      response_elements: { description: 'responseElements as compact JSON text, keys in their own order' },
    }),
    { $defs: { identityValue: { not: { const: '' } } } },
  ],
  detection: [
    { title: 'Normalized CloudTrail event, profile detection' },
    membersOf('event', {
      id: { ...SCALAR, description: 'eventID, else eventId' },
      outcome: outcome('failure if the record has an errorCode or a console login failed'),
    }),
    membersOf('action', {
      outcome: outcome('failure if the record has an errorCode or a console login failed'),
    }),
    {
      properties: {
        action: {
          properties: {
            properties: {
              properties: { resources: { items: { properties: scalars('accountId', 'type') } } },
            },
          },
        },
      },
    },
    membersOf('aws.cloudtrail', {
      additional_event_data: objectOf({ mfa_used: SCALAR }),
      ...scalars('event_category', 'management_event', 'read_only', 'shared_event_id', 'vpc_endpoint_id'),
    }),
    membersOf('cloud.account', { name: { type: 'string', minLength: 1, description: 'From accounts.json' } }),
    {
      properties: {
        labels: {
          type: 'object',
          description: 'The same for every event of a deployment',
          minProperties: 1,
          additionalProperties: { type: 'string' },
        },
      },
    },
    membersOf('user', {
      name: {
        description:
          "responseElements.user.userId, else the caller's userName, else that of the caller's session issuer",
      },
    }),
  ],
};

/** Returns the patched value. In a patch, `null` removes a member. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name) ?? null, value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
