import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { columnType } from '../../../infra/table/column-types.ts';
import { eventColumns } from '../../../infra/table/event-columns.ts';
import { PROFILES } from '../../../lambda/contract.ts';
import { normalizeOrReport } from '../../../lambda/normalize/pipeline-error.ts';
import { chooseProfile } from '../../../lambda/normalize/profiles/choose-profile.ts';
import { CONTEXT } from '../../lambda/normalize/profile-context.ts';
import { resolvedProperties, synthesize } from '../synthesize.ts';
import { columnPaths } from './column-paths.ts';

/** Returns the paths of an event's leaves, as the table names them. */
function leavesOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, at));
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .flatMap(([name, member]) => {
      const column = name === '@timestamp' ? 'event_time' : name.toLowerCase();
      return leavesOf(member, at ? `${at}.${column}` : column);
    });
}

function sampleRecords(): string[] {
  const objects = new URL('../../../events/objects/', import.meta.url);
  return readdirSync(objects, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.json\.gz$/.test(name) && !/tRuNcAtEd|Digest/.test(name))
    .flatMap((name) => {
      const text = gunzipSync(readFileSync(new URL(encodeURI(name), objects))).toString('utf8');
      const { Records }: { Records: unknown[] } = JSON.parse(text);
      return Records.map((record) => JSON.stringify(record));
    });
}

/** Objects that a column has as JSON text, or as a map with any names. */
function isOpaque(leaf: string, columns: ReadonlyMap<string, string>): boolean {
  const [column = ''] = leaf.split('.');
  return leaf !== column && /^(string|map<.*>)$/.test(columns.get(column) ?? '');
}

describe.each(PROFILES)('the columns of the event table of profile %s', (profile) => {
  const columns = eventColumns(profile);
  const paths = columnPaths(columns);
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const normalize = chooseProfile(profile, CONTEXT);

  it('are the members of the schema and of pipeline_error events', () => {
    const file = profile === 'seed' ? 'event.schema.json' : `event.${profile}.schema.json`;
    const schema = JSON.parse(readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8'));
    const ofErrors = ['event', 'error', 'message', '@timestamp', 'log'];
    expect(columns.map(({ name }) => name)).toEqual(
      [...new Set([...Object.keys(schema.properties), ...ofErrors])].map((name) =>
        name === '@timestamp' ? 'event_time' : name.toLowerCase(),
      ),
    );
  });

  it('cover every value of every sample event', () => {
    const records = sampleRecords();
    expect(records.length).toBeGreaterThan(700);
    const place = { path: 's3://b/k', index: 0, time: '2026-11-03T08:00:00Z' };
    const deliveredEvent = (record: string) => {
      const { event } = normalizeOrReport(record, place, undefined, normalize);
      return 'kind' in event ? JSON.parse(event.message) : event;
    };
    const missing = new Set<string>();
    for (const record of records)
      for (const leaf of leavesOf(deliveredEvent(record)))
        if (!paths.has(leaf) && !isOpaque(leaf, types)) missing.add(leaf);
    expect([...missing]).toEqual([]);
  });

  it('cover every value of a pipeline_error event and of a truncated event', () => {
    const place = { path: 's3://b/k', index: 0, time: '2026-11-03T08:00:00Z' };
    const { event } = normalizeOrReport('{', place);
    for (const leaf of [...leavesOf(event), 'event.hash', 'log.flags', 'log.file.path', 'log.offset'])
      expect(paths, leaf).toContain(leaf);
  });

  it('have names that are unique regardless of case', () => {
    expect(new Set(columns.map(({ name }) => name.toLowerCase())).size).toBe(columns.length);
    for (const { type } of columns)
      for (const [, fields] of type.matchAll(/struct<([^<>]*)>/g)) {
        const names = (fields ?? '').split(',').map((field) => field.split(':')[0]);
        expect(new Set(names).size).toBe(names.length);
      }
  });
});

describe('the type of a column', () => {
  it.each([
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'map<string,string>'],
    [{ type: 'object' }, 'string'],
    [{ type: ['object', 'null'] }, 'string'],
    [{ type: 'string' }, 'string'],
    [{ type: ['string', 'number', 'boolean'] }, 'string'],
    [{ const: 'aws' }, 'string'],
    [{ const: ['truncated'] }, 'array<string>'],
    [{ type: 'integer' }, 'bigint'],
    [{ type: 'array', items: { type: 'string' } }, 'array<string>'],
    [
      {
        type: 'object',
        properties: { aB: { type: 'string' }, c: { properties: { d: { type: 'integer' } } } },
      },
      'struct<ab:string,c:struct<d:bigint>>',
    ],
  ])('%j: %s', (schema, type) => {
    expect(columnType(schema, {})).toBe(type);
  });

  it('is not known for an unsupported schema', () => {
    expect(() => columnType({ type: 'null' }, {})).toThrow('no column type');
    expect(() => columnType({ $ref: '#/$defs/none' }, {})).toThrow('no definition');
  });
});

describe('the event table', () => {
  it.each(PROFILES)('has the columns of profile %s', (profile) => {
    const { TableInput } = resolvedProperties(synthesize({ profile }), 'AWS::Glue::Table', 'Table') as {
      TableInput: { StorageDescriptor: { Columns: { Name: string; Type: string }[] } };
    };
    expect(TableInput.StorageDescriptor.Columns.map(({ Name, Type }) => [Name, Type])).toEqual(
      eventColumns(profile).map(({ name, type }) => [name, type]),
    );
  });

  const table = resolvedProperties(synthesize(), 'AWS::Glue::Table', 'Table');

  it('reads the objects under the prefix that the stream writes to', () => {
    const stream = resolvedProperties(synthesize(), 'AWS::KinesisFirehose::DeliveryStream', 'Stream');
    const { Prefix } = stream.ExtendedS3DestinationConfiguration as { Prefix: string };
    const placeholder = (name: string) => `\${${name}}`;
    const template = Prefix.replace('!{timestamp:yyyy-MM-dd}', placeholder('day')).replace(
      '!{timestamp:HH}',
      placeholder('hour'),
    );
    expect(table).toMatchObject({
      DatabaseName: 'test',
      TableInput: {
        Name: 'events',
        Parameters: {
          classification: 'json',
          'projection.enabled': 'true',
          'projection.day.type': 'date',
          'projection.day.format': 'yyyy-MM-dd',
          'projection.day.range': 'NOW-365DAYS,NOW',
          'projection.hour.type': 'integer',
          'projection.hour.range': '0,23',
          'projection.hour.digits': '2',
          'storage.location.template': `s3://<EventsBucket>/${template}`,
        },
        PartitionKeys: [{ Name: 'day' }, { Name: 'hour' }],
        StorageDescriptor: {
          Location: 's3://<EventsBucket>/events/',
          Compressed: true,
          SerdeInfo: {
            SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
            Parameters: { 'case.insensitive': 'true', 'mapping.event_time': '@timestamp' },
          },
        },
      },
    });
  });

  it.each([
    [{ eventsRetentionDays: 30 }, 'NOW-30DAYS,NOW'],
    [{ eventsRetentionDays: 0 }, 'NOW-3650DAYS,NOW'],
  ])('has partitions for as long as events are kept: %j', (settings, range) => {
    expect(resolvedProperties(synthesize(settings), 'AWS::Glue::Table', 'Table')).toMatchObject({
      TableInput: { Parameters: { 'projection.day.range': range } },
    });
  });

  it('has a workgroup that encrypts its results and stores them under a prefix that expires', () => {
    expect(resolvedProperties(synthesize(), 'AWS::Athena::WorkGroup')).toMatchObject({
      Name: 'Test',
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        ResultConfiguration: {
          OutputLocation: 's3://<EventsBucket>/athena/',
          EncryptionConfiguration: { EncryptionOption: 'SSE_S3' },
        },
      },
    });
  });

  it('does not exist with athena=false', () => {
    const template = synthesize({ athena: false });
    template.resourceCountIs('AWS::Glue::Table', 0);
    template.resourceCountIs('AWS::Athena::WorkGroup', 0);
  });
});
