import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';

export type Json = Record<string, unknown>;

/** An app as `npx cdk` would start it: `new App()` alone does not read cdk.json. */
export function newApp(options: { readonly bundle?: boolean; readonly outdir?: string } = {}): App {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  const skipped = options.bundle ? {} : { 'aws:cdk:bundling-stacks': [] };
  return new App({ context: { ...context, ...skipped }, outdir: options.outdir });
}

/** The template of one stack, without its asset; the same settings are synthesized once. */
export function synthesize(settings: PipelineSettings = {}): Template {
  const key = JSON.stringify(settings);
  const template =
    templates.get(key) ?? Template.fromStack(new CloudTrailFirehoseStack(newApp(), 'Test', { settings }));
  templates.set(key, template);
  return template;
}

const templates = new Map<string, Template>();

/** The properties of the one resource of a type whose logical id begins so. */
export function propertiesOf(template: Template, type: string, idBeginsWith = ''): Json {
  const found = Object.entries(template.findResources(type)).filter(([id]) => id.startsWith(idBeginsWith));
  const [first] = found;
  if (found.length !== 1 || !first) throw new Error(`${found.length} of ${type} ${idBeginsWith}`);
  return first[1].Properties;
}

/** Refs and the like as they stand in a deployed stack: account 111122223333 of eu-west-3. */
const PSEUDO: Record<string, string> = {
  'AWS::AccountId': '111122223333',
  'AWS::Region': 'eu-west-3',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * A value of the template with every token in it resolved.
 *
 * @param names what a logical id, or `Id.Attribute`, stands for; others resolve to themselves in angle brackets
 */
export function resolve(value: unknown, names: Record<string, string> = {}): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[key, of] = ['', undefined]] = entries;
  if (entries.length === 1 && key === 'Ref') return nameOf(String(of), names);
  if (entries.length === 1 && key === 'Fn::GetAtt' && Array.isArray(of)) return nameOf(of.join('.'), names);
  if (entries.length === 1 && key === 'Fn::Join' && Array.isArray(of)) {
    const [separator, parts] = of;
    return (resolve(parts, names) as string[]).join(separator);
  }
  return Object.fromEntries(entries.map(([name, member]) => [name, resolve(member, names)]));
}

function nameOf(reference: string, names: Record<string, string>): string {
  const known = Object.entries(names).find(
    ([id]) => reference === id || reference.replace(/[0-9A-F]{8}(?=\.|$)/, '') === id,
  );
  return known?.[1] ?? PSEUDO[reference] ?? `<${reference.replace(/[0-9A-F]{8}(?=\.|$)/, '')}>`;
}

/** The template's properties with tokens resolved, as `propertiesOf` finds them. */
export function resolvedProperties(template: Template, type: string, idBeginsWith = ''): Json {
  return resolve(propertiesOf(template, type, idBeginsWith)) as Json;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** The statements of a resolved policy document. */
export function statementsOf(document: unknown): Statement[] {
  return (document as { Statement: Statement[] }).Statement;
}

/** The statements of a role's one inline policy. */
export function roleStatements(template: Template, idBeginsWith: string, names = {}): Statement[] {
  const role = resolve(propertiesOf(template, 'AWS::IAM::Role', idBeginsWith), names) as {
    Policies: { PolicyDocument: unknown }[];
  };
  return role.Policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));
}

export function listOf(value: string | string[]): string[] {
  return [value].flat();
}
