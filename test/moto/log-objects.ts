import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { generateRecords } from '../../samples/generate-records.ts';
import type { Clients } from './create-pipeline.ts';

const SAMPLES = fileURLToPath(new URL('../../events/objects', import.meta.url));
const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** S3's minimum for every part but the last. */
const PART_BYTES = 5 * 2 ** 20;

export interface LogObject {
  readonly key: string;
  readonly bytes: Buffer;
}

/** Returns the sample objects, by their path below `events/objects/`. */
export function sampleLogObjects(): LogObject[] {
  return readdirSync(SAMPLES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ key: relative(SAMPLES, file).split(sep).join('/'), bytes: readFileSync(file) }));
}

/** A log object of more than one part: gzip without compression. */
export function largeLogObject(key: string): LogObject {
  const records = [...generateRecords({ seed: 31, count: 5_000 })];
  return { key, bytes: gzipSync(`{"Records":[${records}]}`, { level: 0 }) };
}

/** Whether `put` uploads it in parts. */
export function isMultipart({ bytes }: LogObject): boolean {
  return bytes.length > PART_BYTES;
}

/** Puts an object; one of more than a part as a multipart upload. */
export async function put(
  { s3 }: Clients,
  bucket: string,
  object: LogObject,
  keyArn?: string,
): Promise<void> {
  const { key, bytes } = object;
  const encryption = keyArn ? ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn } as const) : {};
  const input = { Bucket: bucket, Key: key, ...encryption };
  if (bytes.length <= PART_BYTES)
    return void (await s3.send(new PutObjectCommand({ ...input, Body: bytes })));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(input));
  const parts = { Bucket: bucket, Key: key, UploadId };
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    const PartNumber = Parts.length + 1;
    const Body = bytes.subarray(at, at + PART_BYTES);
    const { ETag } = await s3.send(new UploadPartCommand({ ...parts, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...parts, MultipartUpload: { Parts } }));
}

const printedBefore = new Map<string, string[]>();

/** Returns the events that the command `normalize` prints for objects of a bucket. The same keys in the same order have the same bytes. */
export function normalize(objects: readonly LogObject[], bucket: string): string[] {
  const id = JSON.stringify([bucket, objects.map(({ key }) => key)]);
  const lines = printedBefore.get(id) ?? printEvents(objects, bucket);
  printedBefore.set(id, lines);
  return lines;
}

function printEvents(objects: readonly LogObject[], bucket: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'moto-'));
  const placeOf = new Map<string, string>();
  for (const [i, { key, bytes }] of objects.entries()) {
    mkdirSync(join(folder, `${i}`));
    const file = join(folder, `${i}`, basename(key));
    writeFileSync(file, bytes);
    placeOf.set(file, `s3://${bucket}/${key}`);
  }
  try {
    const printed = runNormalize([...placeOf.keys()]);
    // Only events of records that cannot be normalized name their object.
    return printed.map((line) =>
      line.replace(/"path":"([^"]*)"/, (all, file) => {
        const place = placeOf.get(file);
        return place === undefined ? all : `"path":${JSON.stringify(place)}`;
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runNormalize(files: string[]): string[] {
  const command = ['--import', 'tsx', 'cli/main.ts', 'normalize', ...files];
  const options = { cwd: PROJECT, encoding: 'utf8', maxBuffer: 2 ** 30, stdio: 'pipe' } as const;
  let printed: string;
  try {
    printed = execFileSync(process.execPath, command, options);
  } catch (error) {
    // It exits with status 1, because one of the samples is truncated.
    const { status, stdout } = error as { status: number; stdout: string };
    if (status !== 1) throw error;
    printed = stdout;
  }
  return printed.split('\n').filter(Boolean);
}
