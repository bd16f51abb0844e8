import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS, placeOf } from '../../lambda/trigger/trail-kinds.ts';
import { generateNamedRecords, generateRecords } from '../../samples/generate-records.ts';
import { inflateLogObject, takeBytes, writeLogObject } from '../../samples/log-object.ts';
import { logObjectKey } from '../../samples/log-object-key.ts';
import { findStaleSamples, writeSamples } from '../../samples/sample-files.ts';
import { sampleObjects, variedOptions } from '../../samples/sample-objects.ts';
import seedRecords from '../../samples/seed-records.json' with { type: 'json' };
import { templateName } from '../../samples/template.ts';
import { allTemplates } from '../../samples/templates/index.ts';

const eventsFolder = fileURLToPath(new URL('../../events', import.meta.url));

describe('the corpus', () => {
  it('gives the same records for the same seed, and others for another', () => {
    const first = [...generateRecords({ seed: 42, count: 500 })];
    expect([...generateRecords({ seed: 42, count: 500 })]).toEqual(first);
    expect([...generateRecords({ seed: 43, count: 500 })]).not.toEqual(first);
  });

  it('makes records that are JSON objects with an event id of their own', () => {
    const ids = new Set<unknown>();
    for (const text of generateRecords({ seed: 1, count: 3000 })) {
      const record: Record<string, unknown> = JSON.parse(text);
      expect(record.eventTime).toMatch(/^2026-11-03T\d\d:\d\d:\d\dZ$/);
      ids.add(record.eventID);
    }
    expect(ids.size).toBe(3000);
  });

  it('has no more than a chance of shared event ids between neighbouring seeds', () => {
    const ids = [1, 2, 3].flatMap((seed) =>
      [...generateRecords({ seed, count: 1000 })].map((text): unknown => JSON.parse(text).eventID),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps fractions, escapes and characters beyond ASCII in the text', () => {
    const text = [...generateRecords(variedOptions)].join('\n');
    const wanted = [
      '"bytesTransferredOut":48213.0',
      '"itemCount":9007199254740993',
      '{"average":9.48587E-5}',
      String.raw`\u003d`,
      String.raw`\u00e9`,
      '"Équipe"',
      '✅',
      '💾',
    ];
    expect(wanted.filter((part) => !text.includes(part))).toEqual([]);
    // The mark that carried the numbers through JSON.stringify.
    expect(text.includes('\ue000')).toBe(false);
  });

  it('has the size and the gzip ratio of real log files', () => {
    for (const seed of [1, 2, 3]) {
      const inflated = Buffer.concat([...inflateLogObject(generateRecords({ seed, count: 2500 }))]);
      const ratio = inflated.length / gzipSync(inflated, { level: 6 }).length;
      expect(ratio).toBeGreaterThan(9);
      expect(ratio).toBeLessThan(12);
      expect(inflated.length / 2500).toBeGreaterThan(1200);
      expect(inflated.length / 2500).toBeLessThan(1400);
    }
  });

  it('keeps to one account and region when asked', () => {
    for (const text of generateRecords({
      seed: 5,
      count: 500,
      accountId: '111122223333',
      region: 'eu-west-3',
    })) {
      expect(JSON.parse(text)).toMatchObject({ awsRegion: 'eu-west-3', recipientAccountId: '111122223333' });
    }
  });

  it('names its templates uniquely, and uses every one in the varied object', () => {
    const names = allTemplates.map(templateName);
    expect(new Set(names).size).toBe(names.length);
    const used = new Set([...generateNamedRecords(variedOptions)].map((record) => record.template));
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('a log object', () => {
  const records = [...generateRecords({ seed: 11, count: 300 })];
  const joined = `{"Records":[${records.join(',')}]}`;

  it('streams exactly the joined records, in pieces', () => {
    const chunks = [...inflateLogObject(records, 10_000)];
    expect(chunks.length).toBeGreaterThan(20);
    expect(Buffer.concat(chunks).toString() === joined).toBe(true);
  });

  it('may be empty', () => {
    expect(Buffer.concat([...inflateLogObject([])]).toString()).toBe('{"Records":[]}');
  });

  it.each([6, 1, false] as const)('is written with gzip level %s, and counted', async (gzip) => {
    const sink = new PassThrough();
    const [bytes, written] = await Promise.all([buffer(sink), writeLogObject(records, sink, gzip)]);
    expect((gzip === false ? bytes : gunzipSync(bytes)).toString() === joined).toBe(true);
    expect(written).toEqual({ recordCount: 300, inflatedBytes: Buffer.byteLength(joined) });
  });

  it('stops at the first record that fills the size asked for', () => {
    const sizeOf = (count: number): number =>
      Buffer.concat([...inflateLogObject(records.slice(0, count))]).length;
    const taken = (bytes: number): number => [...takeBytes(records, bytes)].length;
    expect(taken(0)).toBe(1);
    expect(taken(sizeOf(7) - 1)).toBe(7);
    expect(taken(sizeOf(7))).toBe(7);
    expect(taken(sizeOf(7) + 2)).toBe(8);
  });
});

describe('a key', () => {
  const name = {
    accountId: '111122223333',
    region: 'eu-west-3',
    time: new Date('2026-11-03T08:05:09Z'),
    suffix: 'kVn2QpR7sYt4LxWz',
  };

  it('is that of an account trail', () => {
    expect(logObjectKey({ ...name, kind: 'CloudTrail' })).toBe(
      'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/03/111122223333_CloudTrail_eu-west-3_20261103T0805Z_kVn2QpR7sYt4LxWz.json.gz',
    );
  });

  it('has the organization and the prefix in front of the account', () => {
    expect(
      logObjectKey({
        ...name,
        kind: 'CloudTrail-Insight',
        organizationId: 'o-a1b2c3d4e5',
        prefix: 'my trails/x',
      }),
    ).toBe(
      'my trails/x/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Insight/eu-west-3/2026/11/03/111122223333_CloudTrail-Insight_eu-west-3_20261103T0805Z_kVn2QpR7sYt4LxWz.json.gz',
    );
  });

  it('of a digest has the trail, the region twice and the seconds', () => {
    expect(logObjectKey({ ...name, kind: 'CloudTrail-Digest', suffix: 'management-events' })).toBe(
      'AWSLogs/111122223333/CloudTrail-Digest/eu-west-3/2026/11/03/111122223333_CloudTrail-Digest_eu-west-3_management-events_eu-west-3_20261103T080509Z.json.gz',
    );
  });

  it('of every sample is one that CloudTrail would write', () => {
    const pattern =
      /^(.+\/)?AWSLogs\/(o-[a-z0-9]{10,32}\/)?(\d{12})\/(CloudTrail(?:-Insight|-NetworkActivity|-Aggregated|-Digest)?)\/([a-z0-9-]+)\/\d{4}\/\d\d\/\d\d\/\3_\4_\5_(\d{8}T\d{4}Z_[0-9A-Za-z]{16}|[\w-]+_\5_\d{8}T\d{6}Z)\.json(\.gz)?$/;
    const kinds = new Set<string>();
    for (const { key } of sampleObjects()) {
      expect(key).toMatch(pattern);
      kinds.add(placeOf(key).kind);
    }
    expect([...kinds].sort()).toEqual([...KINDS, 'digest'].sort());
  });
});

describe('the samples', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'samples-'));
    await writeSamples(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are what the corpus makes (if not: npm run generate:samples)', async () => {
    expect(await findStaleSamples(eventsFolder)).toEqual([]);
  });

  it('are reported and made anew when an object or a notification was changed', async () => {
    const [sample] = sampleObjects();
    const object = `objects/${sample?.key}`;
    await writeFile(join(folder, object), gzipSync('{"Records":[{}]}'));
    expect(await findStaleSamples(folder)).toEqual([`out of date: ${object}`]);
    expect(await writeSamples(folder)).toEqual([object]);
    await writeFile(join(folder, 'varied.json'), '{}');
    await writeFile(join(folder, 'objects', 'other.json'), '{}');
    expect(await findStaleSamples(folder)).toEqual([
      'missing or out of date: varied.json',
      'not a sample, remove it: objects/other.json',
    ]);
    expect(await writeSamples(folder)).toEqual(['varied.json']);
    await rm(join(folder, 'objects', 'other.json'));
    expect(await findStaleSamples(folder)).toEqual([]);
    expect(await writeSamples(folder)).toEqual([]);
  });

  it('hold the seed records to the letter', () => {
    const varied = sampleObjects().find(({ name }) => name === 'varied');
    const text = varied?.inflated.toString() ?? '';
    expect(varied?.recordCount).toBe(600);
    expect(seedRecords).toHaveLength(14);
    for (const record of seedRecords) expect(text.split(record)).toHaveLength(2);
  });

  it('have one object that breaks off, and no other', async () => {
    const broken: string[] = [];
    for (const { key, name, packing } of sampleObjects()) {
      if (packing === 'plain') continue;
      const bytes = await readFile(join(eventsFolder, 'objects', key));
      try {
        JSON.parse(gunzipSync(bytes).toString());
      } catch {
        broken.push(name);
      }
    }
    expect(broken).toEqual(['truncated']);
  });

  it('have notifications that name an object, its size and its eTag', async () => {
    let checked = 0;
    for (const file of await readdir(folder)) {
      if (!file.endsWith('.json') || file === 'test-event.json') continue;
      for (const { eventName, s3 } of JSON.parse(await readFile(join(folder, file), 'utf8')).Records) {
        if (eventName === 'ObjectRemoved:Delete') continue;
        const key = decodeURIComponent(s3.object.key.replaceAll('+', ' '));
        const bytes = await readFile(join(folder, 'objects', key));
        expect(s3.object.size).toBe(bytes.length);
        if (eventName === 'ObjectCreated:Put') {
          expect(s3.object.eTag).toBe(createHash('md5').update(bytes).digest('hex'));
        }
        checked += 1;
      }
    }
    expect(checked).toBe(19);
  });

  it('encode the key of a prefix with a space, a plus and accents', async () => {
    const event = JSON.parse(await readFile(join(eventsFolder, 'encoded-key.json'), 'utf8'));
    expect(event.Records[0].s3.object.key).toMatch(
      /^my\+trails\/%C3%A9t%C3%A9%2B1\/team%3Ds%C3%A9curit%C3%A9\/AWSLogs\//,
    );
  });

  it('stand in the table of events/README.md, each by name', async () => {
    const readme = await readFile(join(eventsFolder, 'README.md'), 'utf8');
    const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
    expect(files.filter((file) => !readme.includes(`\`${file}\``))).toEqual([]);
  });
});
