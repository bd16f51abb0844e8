/** The package's exports: the stack, its settings, and its constructs in data flow order. */
export { PACKINGS, type Packing, PROFILES, type Profile } from '../lambda/contract.ts';
export { KINDS, type Kind } from '../lambda/trigger/trail-kinds.ts';
export { Backfill, type BackfillProps } from './backfill/backfill.ts';
export { ClaimBucket, type ClaimBucketProps } from './function/claim-bucket.ts';
export { DeliverFunction, type DeliverFunctionProps } from './function/deliver-function.ts';
export { ObjectTrigger, type ObjectTriggerProps } from './function/object-trigger.ts';
export { WorkQueue, type WorkQueueProps } from './function/work-queue.ts';
export { AccessLogBucket, type AccessLogBucketProps } from './security/access-log-bucket.ts';
export {
  DESTINATIONS,
  type Destination,
  type PipelineSettings,
  SettingsError,
  TRIGGERS,
  type Trigger,
} from './settings/settings.ts';
export { CloudTrailFirehoseStack, type CloudTrailFirehoseStackProps } from './stack.ts';
export { EventBucket, type EventBucketProps } from './stream/event-bucket.ts';
export type { EventStream } from './stream/event-stream.ts';
export { findStream } from './stream/existing-stream.ts';
export { HttpStream, type HttpStreamProps } from './stream/http-stream.ts';
export { S3Stream, type S3StreamProps } from './stream/s3-stream.ts';
export { EventTable, type EventTableProps } from './table/event-table.ts';
export { ExistingTrailBucket, type ExistingTrailBucketProps } from './trail/existing-trail-bucket.ts';
export { LogLocation, type LogLocationProps } from './trail/log-location.ts';
export { NewTrail, type NewTrailProps } from './trail/new-trail.ts';
export type { TrailSource } from './trail/trail-source.ts';
export type { MonitoredBackfill, MonitoredResources } from './watch/alarm-spec.ts';
export { AlarmTopic, type AlarmTopicProps } from './watch/alarm-topic.ts';
export { Alarms, type AlarmsProps } from './watch/alarms.ts';
export { LogQueries, type LogQueriesProps } from './watch/log-queries.ts';
export { PipelineDashboard, type PipelineDashboardProps } from './watch/pipeline-dashboard.ts';
export { pipelineMetric, streamMetric } from './watch/pipeline-metrics.ts';
