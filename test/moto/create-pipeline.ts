import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateDeliveryStreamCommand,
  type ExtendedS3DestinationConfiguration,
  FirehoseClient,
} from '@aws-sdk/client-firehose';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Template } from 'aws-cdk-lib/assertions';
import { type Json, propertiesOf, resolve } from '../infra/synthesize.ts';
import { ACCOUNT, REGION } from './moto-server.ts';

/** Clients of moto's services. */
export type Clients = ReturnType<typeof createClients>;

export function createClients(endpoint: string) {
  const options = { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    s3: new S3Client({ ...options, forcePathStyle: true }),
    sqs: new SQSClient(options),
    sns: new SNSClient(options),
    events: new EventBridgeClient(options),
    firehose: new FirehoseClient(options),
    kms: new KMSClient(options),
  };
}

export interface Pipeline {
  /** Environment of the function in the template, with the names that moto gave. */
  readonly environment: Record<string, string>;
  readonly trailBucket: string;
  /** ARN of the trail's key; `undefined` without encryption. */
  readonly trailKeyArn: string | undefined;
  readonly eventBucket: string;
  readonly workQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Values of the template's tokens, by logical ID. */
  readonly names: Record<string, string>;
}

/** Creates the template's keys, buckets, queues, topics, subscriptions, rules and stream in moto. */
export async function createPipeline(clients: Clients, template: Template): Promise<Pipeline> {
  const names: Record<string, string> = { 'AWS::AccountId': ACCOUNT, 'AWS::Region': REGION };
  const all = (type: string) =>
    Object.entries(template.findResources(type)).map(([id, { Properties }]): [string, Json] => [
      id,
      resolve(Properties, names) as Json,
    ]);
  const name = (id: string, ref: unknown, arn: unknown) =>
    Object.assign(names, { [id]: String(ref), [`${id}.Arn`]: String(arn) });

  for (const [id, { KeyPolicy }] of all('AWS::KMS::Key')) {
    const { KeyMetadata } = await clients.kms.send(
      new CreateKeyCommand({ Policy: JSON.stringify(KeyPolicy) }),
    );
    name(id, KeyMetadata?.KeyId, KeyMetadata?.Arn);
  }
  for (const [id, properties] of all('AWS::S3::Bucket')) {
    const bucket = String(properties.BucketName ?? `test-${id.toLowerCase()}`);
    await createBucket(clients, bucket, properties);
    name(id, bucket, `arn:aws:s3:::${bucket}`);
  }
  // The dead-letter queue first, because the work queue names it.
  const hasRedrive = ([, { RedrivePolicy }]: [string, Json]) => (RedrivePolicy ? 1 : 0);
  const queueIds = all('AWS::SQS::Queue').sort((a, b) => hasRedrive(a) - hasRedrive(b));
  for (const [id] of queueIds) {
    const [, properties = {}] = all('AWS::SQS::Queue').find(([each]) => each === id) ?? [];
    const { url, arn } = await createQueue(clients, id, properties);
    name(id, url, arn);
  }
  for (const [id] of all('AWS::SNS::Topic')) {
    const { TopicArn } = await clients.sns.send(new CreateTopicCommand({ Name: id }));
    name(id, TopicArn, TopicArn);
  }
  for (const [, subscription] of all('AWS::SNS::Subscription')) await subscribe(clients, subscription);
  for (const [id, rule] of all('AWS::Events::Rule')) await putRule(clients, id, rule);
  const trailBucket = await putNotifications(clients, template, names);
  await createStreams(clients, all('AWS::KinesisFirehose::DeliveryStream'), names);

  const { Environment } = propertiesOf(template, 'AWS::Lambda::Function', 'DeliverFunction');
  const { Variables } = resolve(Environment, names) as { Variables: Record<string, string> };
  const named = (prefix: string) =>
    Object.entries(names).find(([id]) => id.startsWith(prefix) && !id.includes('.'))?.[1] ?? '';
  return {
    environment: Variables,
    trailBucket,
    trailKeyArn: Object.entries(names).find(([id]) => /^TrailKey.*\.Arn$/.test(id))?.[1],
    eventBucket: named('EventsBucket'),
    workQueueUrl: named('WorkQueue'),
    deadLetterQueueUrl: named('WorkDeadLetters'),
    names,
  };
}

export async function createBucket({ s3 }: Clients, bucket: string, properties: Json = {}): Promise<void> {
  const location = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ...location }));
  if (properties.VersioningConfiguration)
    await s3.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
}

async function createQueue({ sqs }: Clients, id: string, properties: Json) {
  const Attributes = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: id, Attributes }));
  const { Attributes: { QueueArn } = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return { url: QueueUrl, arn: QueueArn };
}

async function subscribe({ sns }: Clients, { TopicArn, Protocol, Endpoint, ...rest }: Json): Promise<void> {
  const { RawMessageDelivery, RedrivePolicy } = rest;
  await sns.send(
    new SubscribeCommand({
      TopicArn: String(TopicArn),
      Protocol: String(Protocol),
      Endpoint: String(Endpoint),
      Attributes: {
        RawMessageDelivery: String(RawMessageDelivery),
        RedrivePolicy: JSON.stringify(RedrivePolicy),
      },
    }),
  );
}

async function putRule({ events }: Clients, id: string, { EventPattern, Targets }: Json): Promise<void> {
  await events.send(new PutRuleCommand({ Name: id, EventPattern: JSON.stringify(EventPattern) }));
  await events.send(new PutTargetsCommand({ Rule: id, Targets: Targets as { Id: string; Arn: string }[] }));
}

async function createStreams(
  { firehose }: Clients,
  streams: [string, Json][],
  names: Record<string, string>,
): Promise<void> {
  for (const [id, { ExtendedS3DestinationConfiguration }] of streams) {
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: id,
        DeliveryStreamType: 'DirectPut',
        ExtendedS3DestinationConfiguration:
          ExtendedS3DestinationConfiguration as unknown as ExtendedS3DestinationConfiguration,
      }),
    );
    names[id] = id;
  }
}

/** Puts the notifications of a new or an existing trail bucket; returns the bucket's name. */
async function putNotifications(
  { s3 }: Clients,
  template: Template,
  names: Record<string, string>,
): Promise<string> {
  const [custom] = Object.values(template.findResources('Custom::S3BucketNotifications'));
  const [bucket] = Object.entries(template.findResources('AWS::S3::Bucket'))
    .filter(([id]) => id.startsWith('TrailLogsBucket'))
    .map(([, resource]) => resource);
  const { BucketName, NotificationConfiguration } = resolve((custom ?? bucket)?.Properties ?? {}, names) as {
    BucketName?: string;
    NotificationConfiguration?: Json;
  };
  // The function's own setting, if the stack does not create the bucket and adds no notification.
  const { Environment } = propertiesOf(template, 'AWS::Lambda::Function', 'DeliverFunction');
  const { Variables } = resolve(Environment, names) as { Variables: Record<string, string> };
  const name = BucketName ?? String(Variables.TRAIL_BUCKET);
  if (NotificationConfiguration)
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: name,
        NotificationConfiguration: custom ? NotificationConfiguration : toApi(NotificationConfiguration),
      }),
    );
  return name;
}

/** Renames what CloudFormation names differently from the S3 API. */
function toApi({ EventBridgeConfiguration, QueueConfigurations = [] }: Json): NotificationConfiguration {
  const rules = QueueConfigurations as {
    Event: 's3:ObjectCreated:*';
    Queue: string;
    Filter: { S3Key: { Rules: { Name: 'prefix' | 'suffix'; Value: string }[] } };
  }[];
  return {
    ...(EventBridgeConfiguration !== undefined && { EventBridgeConfiguration: {} }),
    QueueConfigurations: rules.map(({ Event, Queue, Filter }) => ({
      QueueArn: Queue,
      Events: [Event],
      Filter: { Key: { FilterRules: Filter.S3Key.Rules } },
    })),
  };
}
