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
  it('generates the same records for the same seed, and different ones for another seed', () => {
    const first = [...generateRecords({ seed: 42, count: 500 })];
    expect([...generateRecords({ seed: 42, count: 500 })]).toEqual(first);
    expect([...generateRecords({ seed: 43, count: 500 })]).not.toEqual(first);
  });

  it('generates JSON objects with unique event IDs', () => {
    const ids = new Set<unknown>();
    for (const text of generateRecords({ seed: 1, count: 3000 })) {
      const record: Record<string, unknown> = JSON.parse(text);
      expect(record.eventTime).toMatch(/^2026-11-03T\d\d:\d\d:\d\dZ$/);
      ids.add(record.eventID);
    }
    expect(ids.size).toBe(3000);
  });

  it('does not repeat event IDs between adjacent seeds', () => {
    const ids = [1, 2, 3].flatMap((seed) =>
      [...generateRecords({ seed, count: 1000 })].map((text): unknown => JSON.parse(text).eventID),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('contains fractions, escapes and non-ASCII characters', () => {
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
    // The mark that protects numbers from JSON.stringify.
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

  it('restricts records to one account and region', () => {
    for (const text of generateRecords({
      seed: 5,
      count: 500,
      accountId: '111122223333',
      region: 'eu-west-3',
    })) {
      expect(JSON.parse(text)).toMatchObject({ awsRegion: 'eu-west-3', recipientAccountId: '111122223333' });
    }
  });

  it('has unique template names, and uses every template in the varied object', () => {
    const names = allTemplates.map(templateName);
    expect(new Set(names).size).toBe(names.length);
    const used = new Set([...generateNamedRecords(variedOptions)].map((record) => record.template));
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('a log object', () => {
  const records = [...generateRecords({ seed: 11, count: 300 })];
  const joined = `{"Records":[${records.join(',')}]}`;

  it('streams exactly the joined records, in chunks', () => {
    const chunks = [...inflateLogObject(records, 10_000)];
    expect(chunks.length).toBeGreaterThan(20);
    expect(Buffer.concat(chunks).toString() === joined).toBe(true);
  });

  it('may be empty', () => {
    expect(Buffer.concat([...inflateLogObject([])]).toString()).toBe('{"Records":[]}');
  });

  it.each([6, 1, false] as const)('is written with gzip level %s and counts its records', async (gzip) => {
    const sink = new PassThrough();
    const [bytes, written] = await Promise.all([buffer(sink), writeLogObject(records, sink, gzip)]);
    expect((gzip === false ? bytes : gunzipSync(bytes)).toString() === joined).toBe(true);
    expect(written).toEqual({ recordCount: 300, inflatedBytes: Buffer.byteLength(joined) });
  });

  it('stops at the first record that reaches the requested size', () => {
    const sizeOf = (count: number): number =>
      Buffer.concat([...inflateLogObject(records.slice(0, count))]).length;
    const countUpTo = (bytes: number): number => [...takeBytes(records, bytes)].length;
    expect(countUpTo(0)).toBe(1);
    expect(countUpTo(sizeOf(7) - 1)).toBe(7);
    expect(countUpTo(sizeOf(7))).toBe(7);
    expect(countUpTo(sizeOf(7) + 2)).toBe(8);
  });
});

describe('a key', () => {
  const name = {
    accountId: '111122223333',
    region: 'eu-west-3',
    time: new Date('2026-11-03T08:05:09Z'),
    suffix: 'kVn2QpR7sYt4LxWz',
  };

  it('matches that of an account trail', () => {
    expect(logObjectKey({ ...name, kind: 'CloudTrail' })).toBe(
      'AWSLogs/111122223333/CloudTrail/eu-west-3/2026/11/03/111122223333_CloudTrail_eu-west-3_20261103T0805Z_kVn2QpR7sYt4LxWz.json.gz',
    );
  });

  it('has prefix and organization before the account', () => {
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

  it('of a digest contains the trail, the region twice, and seconds', () => {
    expect(logObjectKey({ ...name, kind: 'CloudTrail-Digest', suffix: 'management-events' })).toBe(
      'AWSLogs/111122223333/CloudTrail-Digest/eu-west-3/2026/11/03/111122223333_CloudTrail-Digest_eu-west-3_management-events_eu-west-3_20261103T080509Z.json.gz',
    );
  });

  it('of every sample has the form of CloudTrail keys', () => {
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

  it('are up to date (otherwise run npm run generate:samples)', async () => {
    expect(await findStaleSamples(eventsFolder)).toEqual([]);
  });

  it('are reported and rewritten when an object or a notification changed', async () => {
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

  it('contain the seed records verbatim', () => {
    const varied = sampleObjects().find(({ name }) => name === 'varied');
    const text = varied?.inflated.toString() ?? '';
    expect(varied?.recordCount).toBe(600);
    expect(seedRecords).toHaveLength(14);
    for (const record of seedRecords) expect(text.split(record)).toHaveLength(2);
  });

  it('have exactly one truncated object', async () => {
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

  it('have notifications with the key, size and eTag of an existing object', async () => {
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
    expect(checked).toBe(23);
  });

  it('encode a key prefix with a space, a plus and accents', async () => {
    const event = JSON.parse(await readFile(join(eventsFolder, 'encoded-key.json'), 'utf8'));
    expect(event.Records[0].s3.object.key).toMatch(
      /^my\+trails\/%C3%A9t%C3%A9%2B1\/team%3Ds%C3%A9curit%C3%A9\/AWSLogs\//,
    );
  });

  it('are all listed in events/README.md', async () => {
    const readme = await readFile(join(eventsFolder, 'README.md'), 'utf8');
    const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
    expect(files.filter((file) => !readme.includes(`\`${file}\``))).toEqual([]);
  });
});
