import { gunzipSync, gzipSync } from 'node:zlib';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { Coverage } from '../../digest/coverage.ts';
import { parseReceipt } from '../../digest/receipt.ts';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { PACKINGS, type Packing } from '../../lambda/contract.ts';
import { placeOf } from '../../lambda/trigger/trail-kinds.ts';
import { bundleFunction } from '../infra/deployed-locally.ts';
import { synthesize } from '../infra/synthesize.ts';
import { BundledFunction } from './bundled-function.ts';
import {
  type Clients,
  createBucket,
  createClients,
  createPipeline,
  type Pipeline,
} from './create-pipeline.ts';
import {
  isMultipart,
  type LogObject,
  largeLogObject,
  normalize,
  put,
  sampleLogObjects,
} from './log-objects.ts';
import { ACCOUNT, type MotoServer, REGION, startMoto } from './moto-server.ts';

const python = inject('python');

const EXISTING = 'their-trail-bucket';
const TOPIC = 'their-trail-topic';
const ORGANIZATION = 'o-a1b2c3d4e5';
const PREFIX = 'my trails/été+1/team=sécurité';

/** End of the key of the truncated sample. */
const TRUNCATED = '_tRuNcAtEd5Hj2Lw8.json.gz';

interface Scenario {
  readonly settings: PipelineSettings;
  /** Where the samples of single accounts are in the bucket. */
  readonly folder: string;
  /** Creates what the stack expects to exist. */
  readonly prepare?: (clients: Clients) => Promise<void>;
  /** Whether a notification of the object reaches the function. */
  readonly isNotified?: (key: string) => boolean;
}

const SCENARIOS: Record<string, Scenario> = {
  'S3 → SQS, a new encrypted trail': {
    settings: { trigger: 'queue', encryptTrail: true },
    folder: '',
    // Only log objects that CloudTrail itself writes.
    isNotified: (key) => key.endsWith('.json.gz'),
  },
  'S3 → SNS → SQS, an existing bucket of an organization': {
    settings: {
      trigger: 'sns',
      trailBucketName: EXISTING,
      organizationId: ORGANIZATION,
      topicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:${TOPIC}`,
    },
    folder: `AWSLogs/${ORGANIZATION}/`,
    async prepare(clients) {
      await createBucket(clients, EXISTING);
      const { TopicArn } = await clients.sns.send(new CreateTopicCommand({ Name: TOPIC }));
      await clients.s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: EXISTING,
          NotificationConfiguration: {
            TopicConfigurations: [{ TopicArn, Events: ['s3:ObjectCreated:*'] }],
          },
        }),
      );
    },
  },
  'S3 → EventBridge → SQS, a key prefix with special characters': {
    settings: { trigger: 'eventbridge', trailKeyPrefix: PREFIX },
    folder: `${PREFIX}/AWSLogs/`,
  },
};

describe.skipIf(python.missing)('the synthesized function and template, with the services of moto', () => {
  let moto: MotoServer;
  let clients: Clients;
  let bundle: ReturnType<typeof bundleFunction>;
  let deliver: BundledFunction | undefined;

  beforeAll(async () => {
    bundle = bundleFunction();
    moto = await startMoto(python.bin ?? '');
    clients = createClients(moto.url);
  });
  afterEach(async () => {
    deliver?.close();
    await moto.reset();
  });
  afterAll(async () => {
    bundle?.remove();
    await moto?.close();
  });

  describe.each(Object.entries(SCENARIOS))(
    '%s',
    (_, { settings, folder, prepare, isNotified = () => true }) => {
      it.each(PACKINGS)('delivers what normalize prints, with packing %s', async (packing) => {
        await prepare?.(clients);
        const pipeline = await createPipeline(
          clients,
          synthesize({ ...settings, packing, ...paceOf(packing) }),
        );
        deliver = await new BundledFunction(bundle.file, moto.url, pipeline.environment).ready();
        // The rest of a truncated object is delayed by half a minute, so one combination has it.
        const hasTruncated = settings.trigger === 'queue' && packing === 'gzip';
        const objects = objectsBelow(folder).filter(({ key }) => hasTruncated || !key.endsWith(TRUNCATED));
        const [first, replacement] = versionsBelow(folder);
        for (const [i, object] of [...objects, first].entries())
          await put(clients, pipeline.trailBucket, object, i % 2 ? pipeline.trailKeyArn : undefined);
        await deliver.work(clients, pipeline.workQueueUrl);
        // The same key again: a new version, or another object if the bucket has no versions.
        await put(clients, pipeline.trailBucket, replacement);
        await deliver.work(clients, pipeline.workQueueUrl);

        const expected = [...objects, first, replacement].filter(
          ({ key }) => isNotified(key) && !isDigest(key),
        );
        // moto sends two notifications of a multipart upload: one of the parts' copy, one of its completion.
        const lines = normalize([...expected, ...expected.filter(isMultipart)], pipeline.trailBucket);
        expect(lines.length).toBeGreaterThan(5_000);
        const delivered = await deliveredLines(clients, pipeline.eventBucket, 'events/');
        const isWhole = (line: string) => line.length < 900_000;
        const isTruncated = (line: string) => !isWhole(line);
        expect(difference(lines.filter(isWhole), delivered.filter(isWhole))).toEqual([]);
        expect(difference(delivered.filter(isWhole), lines.filter(isWhole))).toEqual([]);
        expect(delivered.filter(isTruncated).map(startOf)).toEqual(lines.filter(isTruncated).map(startOf));
        const letters = await deadLetters(clients, pipeline);
        expect(letters.map(({ key }) => key.endsWith(TRUNCATED))).toEqual(hasTruncated ? [true] : []);
        const keys = new Set(expected.map(({ key }) => key).filter((key) => !key.endsWith(TRUNCATED)));
        expect(await keysWithoutReceipt(clients, pipeline, keys)).toEqual([]);
        expect([...keys].length).toBeGreaterThan(10);
      });
    },
  );
});

/** Below the quota, packings other than `gzip` would take a minute. With `maxConcurrency`, nothing is paced. */
function paceOf(packing: Packing): PipelineSettings {
  return packing === 'gzip' ? {} : { maxConcurrency: 2 };
}

/** The samples in the folder of the scenario, those of single accounts in moto's account, and one of several parts. */
function objectsBelow(folder: string): LogObject[] {
  const samples = sampleLogObjects().flatMap(({ key, bytes }) => {
    if (key.startsWith(folder || 'AWSLogs/1')) return [{ key, bytes }];
    const isOfOneAccount = /^AWSLogs\/\d/.test(key);
    return isOfOneAccount ? [{ key: folder + key.replace('AWSLogs/', ''), bytes }] : [];
  });
  const moved = samples.map(({ key, bytes }) => ({ key: key.replaceAll('111122223333', ACCOUNT), bytes }));
  return [...moved, largeLogObject(inFolder(folder, 'lArGe'))];
}

/** Two contents of one key. */
function versionsBelow(folder: string): [LogObject, LogObject] {
  const key = inFolder(folder, 'vErSiOnEd');
  const holding = (name: string) => gzipSync(`{"Records":[{"eventName":"${name}"}]}`);
  return [
    { key, bytes: holding('First') },
    { key, bytes: holding('Second') },
  ];
}

function inFolder(folder: string, name: string): string {
  const file = `${ACCOUNT}_CloudTrail_${REGION}_20261103T0900Z_${name}.json.gz`;
  return `${folder || 'AWSLogs/'}${ACCOUNT}/CloudTrail/${REGION}/2026/11/03/${file}`;
}

function isDigest(key: string): boolean {
  return placeOf(key)?.kind === 'digest';
}

/** Reads every event that Firehose wrote to the bucket. moto does not append the line breaks of `single`. */
async function deliveredLines({ s3 }: Clients, bucket: string, prefix: string): Promise<string[]> {
  const lines: string[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token; isFirst = false) {
    const { Contents = [], NextContinuationToken } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const stored = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const text = (stored[0] === 0x1f ? gunzipSync(stored) : stored).toString('utf8');
      lines.push(...text.replaceAll('}{"', '}\n{"').split('\n').filter(Boolean));
    }
    token = NextContinuationToken;
  }
  return lines;
}

/** Judges the receipts of objects by the ETags that moto lists. */
async function keysWithoutReceipt(clients: Clients, pipeline: Pipeline, keys: ReadonlySet<string>) {
  const coverage = new Coverage();
  for (const line of await deliveredLines(clients, pipeline.eventBucket, 'receipts/')) {
    const receipt = parseReceipt(line);
    if (receipt) coverage.add(receipt);
  }
  const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: pipeline.trailBucket }));
  const received = Contents.filter(
    ({ Key, ETag = '' }) =>
      coverage.judge(`s3://${pipeline.trailBucket}/${Key}`, ETag.replaceAll('"', '')).state === 'received',
  );
  const found = new Set(received.map(({ Key }) => Key));
  return [...keys].filter((key) => !found.has(key));
}

/** Lines of the first list that the second one lacks, each as often as it is missing. */
function difference(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  const missing = lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
  // A few short ones are enough for the reader of a failed test.
  return missing.slice(0, 5).map((line) => `${line.slice(0, 200)}… and ${missing.length - 1} more`);
}

/** What truncation leaves of an event that is longer than a Firehose record. */
function startOf(line: string): string {
  const { message, event } = JSON.parse(line);
  return JSON.stringify([event.action, message.length > 900_000, message.slice(0, 100)]);
}

async function deadLetters({ sqs }: Clients, { deadLetterQueueUrl }: Pipeline): Promise<{ key: string }[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
  );
  return Messages.map(({ Body = '' }) => JSON.parse(Body));
}
