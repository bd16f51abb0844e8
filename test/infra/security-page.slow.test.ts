import { readFileSync } from 'node:fs';
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { combinations, OPTIONS } from './combinations.ts';
import { rowsOf } from './security-page.ts';
import { newApp } from './synthesize.ts';

interface Acknowledged {
  readonly rule: string;
  /** Path below the stack without slashes, like a logical ID without its hash. */
  readonly resource: string;
}

/** Lists the acknowledged rules of a stack, without the resource in brackets. */
function acknowledgedIn(stack: IConstruct): Acknowledged[] {
  return stack.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data))
      .map((id) => ({
        rule: /(AwsSolutions-\w+|W\d+)/.exec(id)?.[0] ?? id,
        resource: node.path.split('/').slice(1).join('').replace('RoleRole', 'Role') || 'the stack',
      })),
  );
}

describe('docs/security.md', () => {
  it('answers each acknowledged rule of cdk-nag and CDK for each resource, and no others', () => {
    const app = newApp();
    const stacks = [
      ...combinations(),
      ...Object.entries(OPTIONS).map(([name, settings]) => [`Option${name}`, settings] as const),
    ];
    const found = stacks.flatMap(([name, settings]) =>
      acknowledgedIn(new CloudTrailFirehoseStack(app, name, { settings, stackName: name })),
    );
    const text = ({ rule, resource }: Acknowledged) => `${rule} ${resource}`;
    expect(new Set(rowsOf('cdk-nag and CDK').map(text))).toEqual(new Set(found.map(text)));
  });

  it('names the versions in package.json', () => {
    const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
    const { devDependencies } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(page).toContain(`cdk-nag ${devDependencies['cdk-nag']}`);
  });
});
