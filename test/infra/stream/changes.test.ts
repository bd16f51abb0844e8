import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../../infra/settings/settings.ts';
import { DESTINATIONS } from '../combinations.ts';
import { synthesize } from '../synthesize.ts';
import { type Changes, compareTemplates, requirementsOf, resourcesOf } from '../template-changes.ts';

/** Every destination and packing, and the logical ID of its stream, if the stack creates one. */
const STREAMS: [string, PipelineSettings, string | undefined][] = [
  ['s3 gzip', {}, 'Stream862536A4'],
  ['s3 lines', { packing: 'lines' }, 'S3LinesStream30A0101B'],
  ['s3 single', { packing: 'single' }, 'S3SingleStream1C4C5FED'],
  ['http single', DESTINATIONS.Http, 'HttpSingleStreamE085B4B4'],
  ['http lines', { ...DESTINATIONS.Http, packing: 'lines' }, 'HttpLinesStream704CDC7A'],
  ['stream lines', DESTINATIONS.Stream, undefined],
  ['stream single', { ...DESTINATIONS.Stream, packing: 'single' }, undefined],
];

const PAIRS = STREAMS.flatMap(([from, before, oldStream]) =>
  STREAMS.filter(([to]) => to !== from).map(([to, after, newStream]) => ({
    name: `${from} → ${to}`,
    before,
    after,
    oldStream,
    newStream,
  })),
);

const NO_CHANGES: Changes = {
  created: [],
  kept: [],
  deleted: [],
  replacedAndKept: [],
  replacedAndDeleted: [],
  updated: [],
};

/** Returns a stream and its role, log group and log stream. */
function streamPartsOf(template: Template): string[] {
  return Object.keys(resourcesOf(template)).filter((id) => /^((S3|Http)(Lines|Single))?Stream/.test(id));
}

describe('a change of destination or packing', () => {
  it('is tested for each ordered pair', () => {
    expect(PAIRS).toHaveLength(7 * 6);
  });

  it.each(STREAMS)('%s has the same logical ID in every version', (_, settings, id) => {
    const streams = synthesize(settings).findResources('AWS::KinesisFirehose::DeliveryStream');
    const ids = Object.keys(streams).filter((each) => each !== 'ReceiptsStreamAEC08F8A');
    expect(ids).toEqual(id === undefined ? [] : [id]);
  });

  it.each(PAIRS)(
    'creates another stream and keeps the old one: $name',
    ({ before, after, oldStream, newStream }) => {
      const changes = compareTemplates(synthesize(before), synthesize(after));
      if (oldStream !== undefined) expect(changes.kept).toContain(oldStream);
      if (newStream !== undefined) expect(changes.created).toContain(newStream);
      expect(changes.kept).toEqual(expect.arrayContaining(streamPartsOf(synthesize(before))));
      expect(changes.created).toEqual(expect.arrayContaining(streamPartsOf(synthesize(after))));
      expect([...changes.replacedAndKept, ...changes.replacedAndDeleted]).toEqual([]);
    },
  );

  it.each(PAIRS.filter(({ oldStream }) => oldStream))(
    'leaves the old stream everything that it needs to deliver: $name',
    ({ before, after, oldStream = '' }) => {
      const template = synthesize(before);
      const { kept, deleted, updated } = compareTemplates(template, synthesize(after));
      const needed = [...requirementsOf(template, oldStream)];
      const types = needed.map((id) => resourcesOf(template)[id]?.Type);
      expect(types).toEqual(
        expect.arrayContaining([
          'AWS::IAM::Role',
          'AWS::Logs::LogGroup',
          'AWS::Logs::LogStream',
          'AWS::S3::Bucket',
        ]),
      );
      expect(deleted.filter((id) => needed.includes(id))).toEqual([]);
      // The bucket of its events may stay in the stack. It does not change then.
      expect(updated.filter((id) => needed.includes(id))).toEqual([]);
      expect(kept).toContain(oldStream);
    },
  );

  it('deletes only what holds no events', () => {
    const deleted = new Set(
      PAIRS.flatMap(({ before, after }) => {
        const resources = resourcesOf(synthesize(before));
        return compareTemplates(synthesize(before), synthesize(after)).deleted.map(
          (id) => resources[id]?.Type,
        );
      }),
    );
    expect([...deleted].sort()).toEqual([
      'AWS::Athena::WorkGroup',
      'AWS::CloudWatch::Alarm',
      'AWS::Glue::Database',
      'AWS::Glue::Table',
    ]);
  });

  it('updates only the function, its role, its event source mapping, and what watches it', () => {
    const updated = PAIRS.flatMap(({ before, after }) => {
      const template = synthesize(before);
      const { updated } = compareTemplates(template, synthesize(after));
      return updated.map((id) => (id.startsWith('Alarms') ? 'Alarms' : id.replace(/[0-9A-F]{8}$/, '')));
    });
    // The concurrency of the event source mapping fits the packing.
    const expected = ['Alarms', 'Dashboard', 'DeliverFunction', 'DeliverRole', 'WorkFeed'];
    expect([...new Set(updated)].sort()).toEqual(expected);
  });
});

describe('a stream', () => {
  it.each(STREAMS.filter(([, , id]) => id))(
    '%s outlives the stack with all that it needs',
    (_, settings, id = '') => {
      const template = synthesize(settings);
      const resources = resourcesOf(template);
      for (const needed of [id, ...requirementsOf(template, id)])
        expect(`${needed} ${resources[needed]?.DeletionPolicy}`).toMatch(/ (Retain|RetainExceptOnCreate)$/);
    },
  );

  it.each(STREAMS.filter(([, , id]) => id))(
    '%s outlives a deploy that created it and failed',
    (_, settings) => {
      const template = synthesize(settings);
      for (const id of streamPartsOf(template))
        expect(resourcesOf(template)[id]?.DeletionPolicy).toBe('Retain');
    },
  );

  it.each(['retain', 'destroy'] as const)(
    'is kept when CloudFormation replaces it, with removalPolicy=%s',
    (removalPolicy) => {
      const template = synthesize({ removalPolicy });
      const parts = streamPartsOf(template);
      expect(parts).toHaveLength(4);
      for (const id of parts) expect(resourcesOf(template)[id]?.UpdateReplacePolicy).toBe('Retain');
    },
  );

  it('is deleted with its stack with removalPolicy=destroy', () => {
    const template = synthesize({ removalPolicy: 'destroy' });
    for (const id of streamPartsOf(template))
      expect(resourcesOf(template)[id]?.DeletionPolicy).toBe('Delete');
  });

  it('keeps its logical ID if its bucket or endpoint changes', () => {
    const moved = compareTemplates(synthesize(), synthesize({ eventsBucketName: 'their-events' }));
    expect(moved.updated).toContain('Stream862536A4');
    expect(moved.kept).toEqual(['EventsBucket147CB497', 'EventsBucketPolicy6EED4EB8']);
    const redirected = compareTemplates(
      synthesize(DESTINATIONS.Http),
      synthesize({ ...DESTINATIONS.Http, httpEndpointUrl: 'https://other.example.com/' }),
    );
    expect(redirected).toEqual({ ...NO_CHANGES, updated: ['HttpSingleStreamE085B4B4'] });
  });
});
