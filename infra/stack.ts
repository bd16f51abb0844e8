import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { BACKFILL_QUEUE } from '../lambda/contract.ts';
import { Backfill } from './backfill/backfill.ts';
import { ClaimBucket } from './function/claim-bucket.ts';
import { DeliverFunction, type DeliverFunctionProps } from './function/deliver-function.ts';
import { ObjectTrigger } from './function/object-trigger.ts';
import { backfillPaceOf, paceOf } from './function/paces.ts';
import { WorkQueue } from './function/work-queue.ts';
import {
  annotateBucketChanges,
  annotateKeyPolicy,
  annotateTrail,
  writeExternalPolicies,
  writeOutputs,
} from './outputs.ts';
import { ownResources } from './own-resources.ts';
import { PACKAGE_VERSION } from './package.ts';
import { ReceiptStream } from './receipts/receipt-stream.ts';
import { ReceiptTable } from './receipts/receipt-table.ts';
import { AccessLogBucket } from './security/access-log-bucket.ts';
import { checkSettings } from './settings/check-settings.ts';
import { concurrencyOf } from './settings/concurrency.ts';
import { maxEventsPerRecordOf, packingOf } from './settings/packing.ts';
import { droppingRules } from './settings/selection-files.ts';
import type { PipelineSettings } from './settings/settings.ts';
import { EventBucket } from './stream/event-bucket.ts';
import type { EventStream } from './stream/event-stream.ts';
import { createBackfillStream, createEventStreams, type StreamOptions } from './stream/event-streams.ts';
import { EventTable } from './table/event-table.ts';
import { ExistingTrailBucket } from './trail/existing-trail-bucket.ts';
import { NewTrail } from './trail/new-trail.ts';
import type { TrailSource } from './trail/trail-source.ts';
import { AlarmTopic } from './watch/alarm-topic.ts';
import { Alarms } from './watch/alarms.ts';
import { LogQueries } from './watch/log-queries.ts';
import { PipelineDashboard } from './watch/pipeline-dashboard.ts';

export interface CloudTrailFirehoseStackProps extends StackProps {
  /** Settings of the pipeline. @default - a new trail, a work queue and a new event bucket */
  readonly settings?: PipelineSettings;
}

/** CloudFormation passes a stack's tags on to its resources, so the function has this one as well. */
const VERSION_TAG = 'cloudtrail-firehose:version';

/**
 * The complete pipeline, created in data flow order: trail → work queue → function → stream → bucket → table.
 * Only the stream is created before the function, whose environment contains the stream's name.
 *
 * @throws SettingsError if a setting is invalid or conflicts with another
 */
export class CloudTrailFirehoseStack extends Stack {
  readonly #settings: PipelineSettings;
  readonly #removalPolicy: RemovalPolicy;
  readonly #encryptionKey: IKey | undefined;
  #accessLogs: IBucket | undefined;

  constructor(scope: Construct, id: string, { settings = {}, ...props }: CloudTrailFirehoseStackProps = {}) {
    super(scope, id, {
      description: 'Normalizes CloudTrail log objects and sends them to Firehose',
      ...props,
      tags: { [VERSION_TAG]: PACKAGE_VERSION, ...props.tags },
    });
    checkSettings(settings, this.stackName);
    this.#settings = settings;
    this.#removalPolicy =
      settings.removalPolicy === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    this.#encryptionKey =
      settings.kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'CustomerKey', settings.kmsKeyArn);
    const { trigger = 'queue', topicArn } = settings;
    const timeout = Duration.seconds(settings.timeoutSeconds ?? 300);

    const trail = this.#newTrailSource();
    const encryptionKey = this.#encryptionKey;
    const workQueue = new WorkQueue(this, 'Work', { functionTimeout: timeout, encryptionKey });
    const [stream, ...moreStreams] = createEventStreams(this, settings, this.#streamOptions, () =>
      this.#findEventBucket(),
    );
    const receiptStream = this.#newReceiptStream(stream);
    const options = this.#functionOptions(trail, receiptStream, timeout);
    const deliver = this.#newDeliverFunction(options, workQueue, stream, moreStreams);
    const { senders } = new ObjectTrigger(this, 'Trigger', { trigger, trail, workQueue, deliver, topicArn });
    workQueue.feed(deliver.lambda, concurrencyOf(settings));
    const backfill = this.#newBackfill(options, stream, moreStreams);
    const table = this.#newEventTable(stream);
    if (table && receiptStream) this.#newReceiptTable(receiptStream, table);

    const { topic } = new AlarmTopic(this, 'AlarmTopic', { email: settings.alarmEmail });
    const { noDeliveryMinutes = 60, runbookUrl, maxDropShare } = settings;
    const monitored = {
      lambda: deliver.lambda,
      workQueue,
      stream,
      moreStreams,
      senders: isForeign(topicArn, settings) ? {} : senders,
      noDeliveryMinutes,
      backfill: backfill && {
        lambda: backfill.deliver.lambda,
        workQueue: backfill.workQueue,
        ownStream: backfill.stream === stream ? undefined : backfill.stream,
      },
      droppingRules: droppingRules(settings),
      maxDropShare,
    };
    const { alarms } = new Alarms(this, 'Alarms', { ...monitored, topic, runbookUrl });
    const dashboard = new PipelineDashboard(this, 'Dashboard', { ...monitored, alarms });
    new LogQueries(this, 'LogQueries', {
      logGroup: deliver.lambda.logGroup,
      backfillLogGroup: backfill?.deliver.lambda.logGroup,
    });

    annotateBucketChanges(this, settings);
    annotateKeyPolicy(this, settings);
    annotateTrail(this, trail);
    const alarmTopicArn = topic.topicArn;
    const dashboardUrl = dashboard.url;
    const streams = { stream, moreStreams, receiptStream };
    const parts = { trail, workQueue, deliver, ...streams, backfill, table, alarmTopicArn, dashboardUrl };
    writeOutputs(this, parts);
    writeExternalPolicies(this, settings, parts);
    if (trail instanceof NewTrail) {
      trail.leaveOut(ownResources(this, parts));
      trail.createTrailAfter(this.node.children.filter((part) => part !== trail));
    }
  }

  #newTrailSource(): TrailSource {
    const { trailBucketName, trailKeyPrefix, organizationId, managementAccount } = this.#settings;
    const { trailAccounts, kinds, rulePerKind } = this.#settings;
    const location = {
      keyPrefix: trailKeyPrefix,
      organizationId,
      managementAccount,
      accounts: trailAccounts,
      kinds,
      rulePerKind,
    };
    if (trailBucketName !== undefined)
      return new ExistingTrailBucket(this, 'Trail', {
        ...location,
        bucketName: trailBucketName,
        keyArn: this.#settings.trailKmsKeyArn,
        logRetention: this.#settings.logRetentionDays,
        encryptionKey: this.#encryptionKey,
      });
    return new NewTrail(this, 'Trail', {
      ...location,
      accessLogs: this.#findAccessLogs(),
      insights: this.#settings.insights,
      dataEvents: this.#settings.dataEvents,
      networkActivityEvents: this.#settings.networkActivityEvents,
      encrypt: this.#settings.encryptTrail,
      encryptionKey: this.#encryptionKey,
      objectLock: this.#objectLock,
      withTopic: this.#settings.trigger === 'sns',
      retentionDays: this.#settings.trailRetentionDays,
      removalPolicy: this.#removalPolicy,
    });
  }

  /** Next to the events. The bucket of an existing stream is unknown, so there it is a new one. */
  #newReceiptStream({ bucket }: EventStream): ReceiptStream | undefined {
    if (this.#settings.receipts === false) return undefined;
    return new ReceiptStream(this, 'Receipts', {
      ...this.#streamOptions,
      bucket: bucket ?? this.#findEventBucket(),
    });
  }

  /** Returns the options that all new streams have in common. */
  get #streamOptions(): StreamOptions {
    return {
      encryptionKey: this.#encryptionKey,
      logRetention: this.#settings.logRetentionDays,
      removalPolicy: this.#removalPolicy,
    };
  }

  #newClaimBucket(): IBucket {
    return new ClaimBucket(this, 'Claims', {
      encryptionKey: this.#encryptionKey,
      queueDays: this.#settings.backfill ? BACKFILL_QUEUE.retentionDays : undefined,
      removalPolicy: this.#removalPolicy,
    }).bucket;
  }

  /** Returns the options that both functions have in common. */
  #functionOptions(trail: TrailSource, receiptStream: ReceiptStream | undefined, timeout: Duration) {
    const { memoryMiB, logRetentionDays, giveUpAfterHours } = this.#settings;
    const { excludeEvents, rulesFile, redact, redactKeySecretArn } = this.#settings;
    const { profile, labels, accountsFile, maxEventBytes } = this.#settings;
    return {
      trail,
      claimBucket: this.#newClaimBucket(),
      receiptStream,
      encryptionKey: this.#encryptionKey,
      packing: packingOf(this.#settings),
      profile,
      labels,
      accountsFile,
      maxEventBytes,
      maxEventsPerRecord: maxEventsPerRecordOf(this.#settings),
      excludeEvents,
      rulesFile,
      redact,
      redactKeySecretArn,
      giveUpAfterHours,
      timeout,
      memoryMiB,
      logRetention: logRetentionDays,
      removalPolicy: this.#removalPolicy,
    };
  }

  #newDeliverFunction(
    options: FunctionOptions,
    { queue }: WorkQueue,
    stream: EventStream,
    moreStreams: readonly EventStream[],
  ): DeliverFunction {
    return new DeliverFunction(this, 'Deliver', {
      ...options,
      workQueue: queue,
      deliveryStreamName: stream.deliveryStreamName,
      deliveryStreamArn: stream.deliveryStreamArn,
      moreStreams,
      maxBytesPerSecond: paceOf(this, this.#settings),
      reservedConcurrency: this.#settings.reservedConcurrency,
    });
  }

  /** A backfill shares all streams, or has one of its own. */
  #newBackfill(
    options: FunctionOptions,
    stream: EventStream,
    moreStreams: readonly EventStream[],
  ): Backfill | undefined {
    const { backfill, backfillMaxConcurrency } = this.#settings;
    if (!backfill) return undefined;
    const ownStream = createBackfillStream(this, this.#settings, this.#streamOptions, stream);
    return new Backfill(this, 'Backfill', {
      ...options,
      ...(ownStream ? { stream: ownStream } : { stream, moreStreams }),
      maxConcurrency: backfillMaxConcurrency,
      maxBytesPerSecond: backfillPaceOf(this, this.#settings, ownStream !== undefined),
    });
  }

  #newEventTable({ bucket }: EventStream): EventTable | undefined {
    const { destination = 's3', athena = true, profile } = this.#settings;
    if (destination !== 's3' || !athena || !bucket) return undefined;
    return new EventTable(this, 'Table', {
      bucket,
      encryptionKey: this.#encryptionKey,
      profile,
      days: this.#daysToQuery,
    });
  }

  #newReceiptTable({ location }: ReceiptStream, eventTable: EventTable): void {
    new ReceiptTable(this, 'ReceiptTable', { location, eventTable, days: this.#daysToQuery });
  }

  /** If events never expire, queries can reach ten years back. */
  get #daysToQuery(): number {
    const { eventsRetentionDays = 365 } = this.#settings;
    return eventsRetentionDays === 0 ? 3650 : eventsRetentionDays;
  }

  get #objectLock(): ObjectLockRetention | undefined {
    const { trailObjectLock, trailObjectLockDays } = this.#settings;
    if (trailObjectLock === undefined || trailObjectLockDays === undefined) return undefined;
    return ObjectLockRetention[trailObjectLock](Duration.days(trailObjectLockDays));
  }

  #findEventBucket(): IBucket {
    const { eventsBucketName, eventsRetentionDays } = this.#settings;
    if (eventsBucketName !== undefined) return Bucket.fromBucketName(this, 'Events', eventsBucketName);
    return new EventBucket(this, 'Events', {
      accessLogs: this.#findAccessLogs(),
      encryptionKey: this.#encryptionKey,
      retentionDays: eventsRetentionDays,
      removalPolicy: this.#removalPolicy,
    }).bucket;
  }

  /** Returns the one access log bucket of all new buckets, created on first use. */
  #findAccessLogs(): IBucket {
    this.#accessLogs ??= new AccessLogBucket(this, 'AccessLogs', {
      removalPolicy: this.#removalPolicy,
    }).bucket;
    return this.#accessLogs;
  }
}

type FunctionOptions = Omit<
  DeliverFunctionProps,
  'workQueue' | 'deliveryStreamName' | 'deliveryStreamArn' | 'moreStreams'
>;

/** Recognizes a topic of another account, whose metrics no alarm of this account can watch. */
function isForeign(topicArn: string | undefined, { trailBucketAccount }: PipelineSettings): boolean {
  return trailBucketAccount !== undefined && topicArn?.split(':')[4] === trailBucketAccount;
}
