import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './json-text.ts';
import { holdsSample, packSample } from './pack-sample.ts';
import { sampleEvents } from './sample-events.ts';
import { type SampleObject, sampleObjects } from './sample-objects.ts';

/**
 * Writes the sample objects and notifications that are missing or out of date.
 *
 * @param folder the `events` folder
 * @returns the files written, relative to the folder
 */
export async function writeSamples(folder: string): Promise<string[]> {
  const written: string[] = [];
  const write = async (file: string, content: string | Buffer): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
    written.push(file);
  };
  const samples = sampleObjects();
  for (const sample of samples) {
    // Keeps the bytes of an object with the right content, so sizes and eTags in the notifications stay valid.
    const bytes = await readIfThere(fileOf(folder, sample));
    if (bytes === undefined || !holdsSample(sample, bytes))
      await write(objectPath(sample), packSample(sample));
  }
  for (const [file, event] of await eventsOf(folder, samples)) {
    if (!(await holdsJson(join(folder, file), event)))
      await write(file, `${JSON.stringify(event, null, 2)}\n`);
  }
  return written;
}

/**
 * Finds samples that are missing or out of date, and files that are not samples.
 *
 * @param folder the `events` folder
 * @returns one line per file; empty if everything is up to date
 */
export async function findStaleSamples(folder: string): Promise<string[]> {
  const stale: string[] = [];
  const samples = sampleObjects();
  for (const sample of samples) {
    const bytes = await readIfThere(fileOf(folder, sample));
    if (bytes === undefined) stale.push(`missing: ${objectPath(sample)}`);
    else if (!holdsSample(sample, bytes)) stale.push(`out of date: ${objectPath(sample)}`);
  }
  if (stale.length > 0) return stale;
  for (const [file, event] of await eventsOf(folder, samples)) {
    if (!(await holdsJson(join(folder, file), event))) stale.push(`missing or out of date: ${file}`);
  }
  const expected = new Set(samples.map(objectPath));
  const unknown = (await filesUnder(folder, 'objects')).filter((file) => !expected.has(file));
  return [...stale, ...unknown.map((file) => `not a sample, remove it: ${file}`)];
}

async function eventsOf(folder: string, samples: readonly SampleObject[]): Promise<[string, Json][]> {
  const committed = await Promise.all(
    samples.map(async (sample) => ({ sample, bytes: await readFile(fileOf(folder, sample)) })),
  );
  return [...sampleEvents(committed)].map(([name, event]) => [`${name}.json`, event]);
}

/** Compares values, because biome formats the file. */
async function holdsJson(path: string, expected: Json): Promise<boolean> {
  const text = await readIfThere(path);
  // The round trip through JSON drops `undefined` properties.
  return (
    text !== undefined && isDeepStrictEqual(JSON.parse(text.toString()), JSON.parse(JSON.stringify(expected)))
  );
}

async function filesUnder(folder: string, below: string): Promise<string[]> {
  const entries = await readdir(join(folder, below), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function objectPath(sample: SampleObject): string {
  return `objects/${sample.key}`;
}

function fileOf(folder: string, sample: SampleObject): string {
  return join(folder, objectPath(sample));
}
