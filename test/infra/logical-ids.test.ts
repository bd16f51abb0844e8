import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { resolve, synthesize } from './synthesize.ts';
import { identifyingProperties, resourcesOf } from './template-changes.ts';

interface Pinned {
  readonly settings: PipelineSettings;
  /** Logical IDs by resource type, without `AWS::`. */
  readonly ids: Record<string, string[]>;
}

interface Pins {
  /** Resource types with data, without `AWS::`. */
  readonly types: string[];
  /** Properties of the default stack that no update can change, by logical ID. */
  readonly names: Record<string, object>;
  readonly stacks: Pinned[];
}

const { types, names, stacks }: Pins = JSON.parse(
  readFileSync(new URL('logical-ids.json', import.meta.url), 'utf8'),
);

/**
 * CloudFormation knows a resource by its logical ID. If a version changed one, an upgrade would create a new
 * resource and abandon or delete the old one, with its data. So a line of `logical-ids.json` changes only with a
 * section of docs/upgrade.md that explains what becomes of the data.
 */
describe('logical IDs of resources with data', () => {
  it('are pinned for buckets, keys, queues, streams, table and trail', () => {
    expect(types).toEqual([
      'CloudTrail::Trail',
      'Glue::Table',
      'KMS::Key',
      'KinesisFirehose::DeliveryStream',
      'S3::Bucket',
      'SQS::Queue',
    ]);
    expect(new Set(stacks.flatMap(({ ids }) => Object.keys(ids)))).toEqual(new Set(types));
  });

  it.each(stacks)('never change: $settings', ({ settings, ids }) => {
    const resources = Object.entries(resourcesOf(synthesize(settings)));
    const found = types.map((type): [string, string[]] => [
      type,
      resources.flatMap(([id, { Type }]) => (Type === `AWS::${type}` ? [id] : [])).sort(),
    ]);
    expect(Object.fromEntries(found.filter(([, list]) => list.length > 0))).toEqual(ids);
  });

  it('have the same names in every version, because a changed name replaces the resource', () => {
    const resources = Object.entries(resourcesOf(synthesize()));
    const found = resources.flatMap(([id, { Type, Properties = {} }]) => {
      if (!types.includes(Type.replace('AWS::', ''))) return [];
      const identifying = identifyingProperties(Type);
      const given = Object.entries(Properties).filter(([name]) => identifying.has(name));
      return given.length > 0 ? [[id, resolve(Object.fromEntries(given))]] : [];
    });
    expect(Object.fromEntries(found)).toEqual(names);
  });
});
