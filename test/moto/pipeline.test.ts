import { gunzipSync, gzipSync } from 'node:zlib';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { PACKINGS } from '../../lambda/contract.ts';
import { placeOf } from '../../lambda/trigger/trail-kinds.ts';
import { bundleFunction } from '../infra/deployed-locally.ts';
import { synthesize } from '../infra/synthesize.ts';
import { BundledFunction } from './bundled-function.ts';
import { type Clients, createBucket, createClients, createPipeline, type Pipeline } from './create-pipeline.ts';
import { type LogObject, largeLogObject, normalize, put, sampleLogObjects } from './log-objects.ts';
import { ACCOUNT, type MotoServer, REGION, startMoto } from './moto-server.ts';

const python = inject('python');

const EXISTING = 'their-trail-bucket';
const TOPIC = 'their-trail-topic';
const ORGANIZATION = 'o-a1b2c3d4e5';
const PREFIX = 'my trails/été+1/team=sécurité';
const ACCOUNTS = ['111122223333', '123456789012'];

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
    settings: { trigger: 'queue', encryptTrail: true, trailAccounts: ACCOUNTS },
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
    settings: { trigger: 'eventbridge', trailKeyPrefix: PREFIX, trailAccounts: ACCOUNTS },
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

  describe.each(Object.entries(SCENARIOS))('%s', (_, { settings, folder, prepare, isNotified = () => true }) => {
    it.each(PACKINGS)('delivers what normalize prints, with packing %s', async (packing) => {
      await prepare?.(clients);
      const pipeline = await createPipeline(clients, synthesize({ ...settings, packing }));
      deliver = await new BundledFunction(bundle.file, moto.url, pipeline.environment).ready();
      const objects = objectsBelow(folder);
      const [first, replacement] = versionsBelow(folder);
      for (const [i, object] of [...objects, first].entries())
        await put(clients, pipeline.trailBucket, object, i % 2 ? pipeline.trailKeyArn : undefined);
      await deliver.work(clients, pipeline.workQueueUrl);
      // The same key again: a new version, or another object if the bucket has no versions.
      await put(clients, pipeline.trailBucket, replacement);
      await deliver.work(clients, pipeline.workQueueUrl);

      const expected = [...objects, first, replacement].filter(({ key }) => isNotified(key) && !isDigest(key));
      const lines = normalize(expected, pipeline.trailBucket);
      expect(lines.length).toBeGreaterThan(5_000);
      const delivered = await deliveredLines(clients, pipeline.eventBucket);
      expect(delivered.map(withoutTruncation).sort()).toEqual(lines.map(withoutTruncation).sort());
      // Only the truncated sample.
      const letters = await deadLetters(clients, pipeline);
      expect(letters.map((letter) => letter.key.split('_').at(-1))).toEqual(['tRuNcAtEd5Hj2Lw8.json.gz']);
    });
  });
});

/** The samples in the folder of the scenario, and one of more than a part. */
function objectsBelow(folder: string): LogObject[] {
  const moved = sampleLogObjects().flatMap(({ key, bytes }) => {
    const isOfOneAccount = key.startsWith('AWSLogs/') && !key.startsWith('AWSLogs/o-');
    return isOfOneAccount ? [{ key: folder + key.replace(/^AWSLogs\//, folder ? '' : '$&'), bytes }] : [];
  });
  const unmoved = sampleLogObjects().filter(({ key }) => folder !== '' && key.startsWith(folder));
  return [...moved, ...unmoved, largeLogObject(inFolder(folder, 'lArGe'))];
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
  const [account] = ACCOUNTS;
  const file = `${account}_CloudTrail_${REGION}_20261103T0900Z_${name}.json.gz`;
  return `${folder || 'AWSLogs/'}${account}/CloudTrail/${REGION}/2026/11/03/${file}`;
}

function isDigest(key: string): boolean {
  return placeOf(key)?.kind === 'digest';
}

/** Reads every event that Firehose wrote to the bucket. moto does not append the line breaks of `single`. */
async function deliveredLines({ s3 }: Clients, bucket: string): Promise<string[]> {
  const lines: string[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token; isFirst = false) {
    const { Contents = [], NextContinuationToken } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }),
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

/** An event that may be longer than a Firehose record is compared by the start of its message. */
function withoutTruncation(line: string): string {
  if (line.length < 900_000) return line;
  const { message, event } = JSON.parse(line);
  return JSON.stringify({ event, message: message.slice(0, 800_000) });
}

async function deadLetters({ sqs }: Clients, { deadLetterQueueUrl }: Pipeline): Promise<{ key: string }[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
  );
  return Messages.map(({ Body = '' }) => JSON.parse(Body));
}
