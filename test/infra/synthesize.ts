import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';

export type Json = Record<string, unknown>;

/** Creates an app with the context of cdk.json, which `npx cdk` reads but `new App()` does not. */
export function newApp(options: { readonly bundle?: boolean; readonly outdir?: string } = {}): App {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  const skipped = options.bundle ? {} : { 'aws:cdk:bundling-stacks': [] };
  return new App({ context: { ...context, ...skipped }, outdir: options.outdir });
}

/** Returns the template of one stack, without its asset, and caches it by its settings. */
export function synthesize(settings: PipelineSettings = {}): Template {
  const key = JSON.stringify(settings);
  const template =
    templates.get(key) ?? Template.fromStack(new CloudTrailFirehoseStack(newApp(), 'Test', { settings }));
  templates.set(key, template);
  return template;
}

const templates = new Map<string, Template>();

/** Returns the properties of the only resource of a type whose logical ID has the given prefix. */
export function propertiesOf(template: Template, type: string, idPrefix = ''): Json {
  const found = Object.entries(template.findResources(type)).filter(([id]) => id.startsWith(idPrefix));
  const [first] = found;
  if (found.length !== 1 || !first)
    throw new Error(`expected one ${type} with logical ID ${idPrefix}*, found ${found.length}`);
  return first[1].Properties;
}

/** Pseudo parameters of a stack deployed to account 111122223333 in eu-west-3. */
const PSEUDO: Record<string, string> = {
  'AWS::AccountId': '111122223333',
  'AWS::Region': 'eu-west-3',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * Resolves every token in a value of the template.
 *
 * @param names values by logical ID or `Id.Attribute`; any other reference resolves to its own name in brackets
 */
export function resolve(value: unknown, names: Record<string, string> = {}): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[key, argument] = ['', undefined]] = entries;
  if (entries.length === 1 && key === 'Ref') return nameOf(String(argument), names);
  if (entries.length === 1 && key === 'Fn::GetAtt' && Array.isArray(argument))
    return nameOf(argument.join('.'), names);
  // The only conditions are on partitions other than `aws`.
  if (entries.length === 1 && key === 'Fn::If' && Array.isArray(argument)) return resolve(argument[2], names);
  if (entries.length === 1 && key === 'Fn::Join' && Array.isArray(argument)) {
    const [separator, parts] = argument;
    return (resolve(parts, names) as string[]).join(separator);
  }
  if (entries.length === 1 && key === 'Fn::Split' && Array.isArray(argument))
    return String(resolve(argument[1], names)).split(argument[0]);
  if (entries.length === 1 && key === 'Fn::Select' && Array.isArray(argument))
    return (resolve(argument[1], names) as unknown[])[argument[0]];
  return Object.fromEntries(entries.map(([name, member]) => [name, resolve(member, names)]));
}

function nameOf(reference: string, names: Record<string, string>): string {
  const known = Object.entries(names).find(
    ([id]) => reference === id || reference.replace(/[0-9A-F]{8}(?=\.|$)/, '') === id,
  );
  return known?.[1] ?? PSEUDO[reference] ?? `<${reference.replace(/[0-9A-F]{8}(?=\.|$)/, '')}>`;
}

/** Returns the result of `propertiesOf` with all tokens resolved. */
export function resolvedProperties(template: Template, type: string, idPrefix = ''): Json {
  return resolve(propertiesOf(template, type, idPrefix)) as Json;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Returns the statements of a resolved policy document. */
export function statementsOf(document: unknown): Statement[] {
  return (document as { Statement: Statement[] }).Statement;
}

/** Returns the statements of a role's inline policies. */
export function roleStatements(template: Template, idPrefix: string, names = {}): Statement[] {
  const role = resolve(propertiesOf(template, 'AWS::IAM::Role', idPrefix), names) as {
    Policies: { PolicyDocument: unknown }[];
  };
  return role.Policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));
}

/** Filter of one notification rule. */
export interface NotificationFilter {
  readonly prefix: string;
  readonly suffix: string;
}

/** Returns the resolved filters of the trail bucket's notification rules, of a new or an existing bucket. */
export function notificationFilters(template: Template): NotificationFilter[] {
  const resources = Object.entries<{ Type: string; Properties: Json }>(template.toJSON().Resources);
  const configurations = resources
    .filter(([id, { Type }]) => Type === 'Custom::S3BucketNotifications' || id.startsWith('TrailLogsBucket'))
    .map(([, { Properties }]) => Properties.NotificationConfiguration)
    .filter((configuration) => configuration !== undefined);
  const rules = configurations.flatMap((configuration) =>
    Object.values(resolve(configuration) as Record<string, unknown>).flatMap((list): FilteredRule[] =>
      Array.isArray(list) ? list : [],
    ),
  );
  return rules.map(({ Filter }) => {
    // An existing bucket has the names of the S3 API, a new one those of CloudFormation.
    const parts = Filter.S3Key?.Rules ?? Filter.Key?.FilterRules ?? [];
    return { prefix: '', suffix: '', ...Object.fromEntries(parts.map(({ Name, Value }) => [Name, Value])) };
  });
}

interface FilteredRule {
  Filter: { S3Key?: { Rules: FilterRule[] }; Key?: { FilterRules: FilterRule[] } };
}

interface FilterRule {
  Name: string;
  Value: string;
}

export function listOf(value: string | string[]): string[] {
  return [value].flat();
}
