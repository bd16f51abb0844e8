import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { Template } from 'aws-cdk-lib/assertions';
import type { Json } from './synthesize.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Json;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Logical IDs of resources by what CloudFormation does with them in an update. */
export interface Changes {
  /** Only in the later template. */
  readonly created: string[];
  /** Only in the earlier template, which keeps them. */
  readonly kept: string[];
  /** Only in the earlier template, which does not keep them. */
  readonly deleted: string[];
  /** In both. A property changes that only a new resource can have; the old one is kept. */
  readonly replacedAndKept: string[];
  /** In both. A property changes that only a new resource can have; the old one is deleted. */
  readonly replacedAndDeleted: string[];
  /** In both, changed in place. */
  readonly updated: string[];
}

/**
 * Compares two templates of one stack like CloudFormation. For a resource that the later template leaves out, the
 * DeletionPolicy of the earlier one decides: CloudFormation has no other.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
 */
export function compareTemplates(before: Template, after: Template): Changes {
  const [old, fresh] = [resourcesOf(before), resourcesOf(after)];
  const changes: Changes = {
    created: Object.keys(fresh).filter((id) => !(id in old)),
    kept: [],
    deleted: [],
    replacedAndKept: [],
    replacedAndDeleted: [],
    updated: [],
  };
  for (const [id, resource] of Object.entries(old)) {
    const later = fresh[id];
    if (!later) changes[isKept(resource.DeletionPolicy) ? 'kept' : 'deleted'].push(id);
    else if (later.Type !== resource.Type)
      throw new Error(`${id} changes its type, which CloudFormation rejects`);
    else if (!isDeepStrictEqual(later.Properties, resource.Properties))
      changes[howItChanges(resource, later)].push(id);
  }
  for (const ids of Object.values<string[]>({ ...changes })) ids.sort();
  return changes;
}

export function resourcesOf(template: Template): Record<string, Resource> {
  return template.toJSON().Resources;
}

/** Returns the logical IDs that a resource refers to or depends on, directly or through others. */
export function requirementsOf(template: Template, id: string): Set<string> {
  const resources = resourcesOf(template);
  const found = new Set<string>();
  const add = (from: string): void => {
    const { Properties, DependsOn = [] } = resources[from] ?? {};
    for (const target of [...referencesIn(Properties), ...[DependsOn].flat()])
      if (target in resources && !found.has(target)) {
        found.add(target);
        add(target);
      }
  };
  add(id);
  return found;
}

function isKept(policy: string | undefined): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}

function howItChanges(old: Resource, later: Resource): 'updated' | 'replacedAndKept' | 'replacedAndDeleted' {
  const names = Object.keys({ ...old.Properties, ...later.Properties });
  const changed = names.filter(
    (name) => !isDeepStrictEqual(old.Properties?.[name], later.Properties?.[name]),
  );
  if (!changed.some((name) => needsReplacement(old.Type, name))) return 'updated';
  return isKept(later.UpdateReplacePolicy) ? 'replacedAndKept' : 'replacedAndDeleted';
}

/** Custom resources decide it on their own; CDK's for notifications changes in place. */
function needsReplacement(type: string, property: string): boolean {
  return type.startsWith('Custom::')
    ? property === 'ServiceToken'
    : identifyingProperties(type).has(property);
}

/** Returns the properties of a resource type that no update can change, only a replacement. */
export function identifyingProperties(type: string): Set<string> {
  const properties = specification().get(type);
  if (!properties) throw new Error(`the specification of the CDK command line has no ${type}`);
  const names = Object.keys(properties).filter((name) => properties[name]?.causesReplacement === 'yes');
  return new Set(names);
}

/** Returns `Ref` and `Fn::GetAtt` targets. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === 'Ref') return [String(member)];
    if (key === 'Fn::GetAtt') return [String([member].flat()[0]).split('.')[0] ?? ''];
    return referencesIn(member);
  });
}

type Specification = Map<string, Record<string, { causesReplacement?: string }>>;

/** Reading it takes 0.3 s. */
let cached: Specification | undefined;

/** AWS's resource specification, which the CDK command line uses in `cdk diff` to predict replacements. */
function specification(): Specification {
  if (cached) return cached;
  const packageFile = createRequire(import.meta.url).resolve('aws-cdk/package.json');
  const { schema } = JSON.parse(
    gunzipSync(readFileSync(join(dirname(packageFile), 'db.json.gz'))).toString(),
  );
  const entities = Object.values<{ cloudFormationType: string; properties: Record<string, object> }>(
    schema.resource.entities,
  );
  cached = new Map(entities.map(({ cloudFormationType, properties }) => [cloudFormationType, properties]));
  return cached;
}
