import { createWriteStream, type Dirent, rmSync } from 'node:fs';
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseEvent } from '../lambda/trigger/parse-event.ts';
import { isLogName } from '../lambda/trigger/trail-kinds.ts';
import type { S3Endpoint } from '../local/s3/endpoint.ts';
import { sampleBucket } from '../samples/sample-objects.ts';
import type { Input } from './input.ts';
import { packageRoot } from './package.ts';

const SAMPLES = join(packageRoot, 'events', 'objects');

/** What the local bucket holds, and the event that names it. */
export interface PreparedBucket {
  event: unknown;
  /** Stored bytes of the log objects; `undefined` if the event is one of the caller's. */
  bytes: number | undefined;
  /** Removes what was copied from standard input. */
  clean: () => Promise<void>;
}

/**
 * Puts the sample objects and the given log objects into the local S3.
 *
 * @returns the given notification, or an S3 event that names the log objects
 * @param stop ends the copying of standard input
 */
export async function prepareBucket(
  inputs: readonly Input[],
  s3: S3Endpoint,
  stop?: AbortSignal,
): Promise<PreparedBucket> {
  await putSamples(s3);
  for (const { notification } of inputs) {
    if (!notification) continue;
    putVersions(notification.event, s3);
    return { event: notification.event, bytes: undefined, clean: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'cloudtrail-firehose-'));
  // The copy of standard input does not outlive the process, even if a second signal ends it at once.
  const cleanNow = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', cleanNow);
  try {
    const files = await Promise.all(inputs.map((input) => fileOf(input, folder, stop)));
    const keys = keysOf(files.map(({ path }) => path));
    for (const [i, { path: file }] of files.entries()) s3.putObject(sampleBucket, keys[i] ?? '', { file });
    return {
      event: { Records: keys.map(createdRecord) },
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      clean: async () => cleanNow(),
    };
  } catch (error) {
    cleanNow();
    throw error;
  }
}

export async function putSamples(s3: S3Endpoint): Promise<void> {
  const entries: Dirent[] = await readdir(SAMPLES, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    s3.putObject(sampleBucket, relative(SAMPLES, file).split(sep).join('/'), { file });
  }
}

/** Puts the object versions that an event names. */
export function putVersions(event: unknown, s3: S3Endpoint): void {
  for (const { notification } of parseEvent(event).items) {
    for (const { bucket, key, versionId } of notification?.refs ?? []) {
      if (versionId !== undefined) s3.putObject(bucket, key, { file: join(SAMPLES, key) }, { versionId });
    }
  }
}

/** S3 reads an object more than once, so standard input and pipes are copied to a file first. */
async function fileOf({ name, path, bytes, open }: Input, folder: string, stop: AbortSignal | undefined) {
  if (path !== undefined && bytes !== undefined) return { path, bytes };
  const copy = join(folder, isLogName(name) ? basename(name) : `${basename(name)}.json.gz`);
  await pipeline(open(), createWriteStream(copy), { signal: stop });
  return { path: copy, bytes: (await stat(copy)).size };
}

/** A key per file: its path below the folder that all files share, with a log object's ending. */
export function keysOf(paths: readonly string[]): string[] {
  const split = paths.map((path) => path.split(sep));
  let shared = 0;
  while (split.every((parts) => shared < parts.length - 1 && parts[shared] === split[0]?.[shared])) shared++;
  const keys = new Set<string>();
  for (const parts of split) {
    let key = parts.slice(shared).join('/');
    while (!isLogName(key) || keys.has(key)) key += '.json.gz';
    keys.add(key);
  }
  return [...keys];
}

function createdRecord(key: string): unknown {
  return {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: sampleBucket }, object: { key: encodeURIComponent(key) } },
  };
}
