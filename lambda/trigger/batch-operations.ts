import { decodeKey } from './form-encoded-key.ts';
import { memberAt, textAt } from './json-member.ts';
import { type Notification, NotificationBuilder } from './notification.ts';
import type { TrailScope } from './trail-scope.ts';
import { UnknownNotificationError } from './unknown-notification.ts';

/** An invocation by S3 Batch Operations, which expects one result per task. */
export interface BatchJob {
  invocationSchemaVersion: string;
  invocationId: string;
}

/**
 * Returns the job if the caller is S3 Batch Operations, otherwise `undefined`:
 *
 *   {"invocationSchemaVersion":"1.0","invocationId":…,"tasks":[{"taskId":…,"s3Key":…,"s3VersionId":…,"s3BucketArn":…}]}
 *   {"invocationSchemaVersion":"2.0",…,"tasks":[{"taskId":…,"s3Key":…,"s3Bucket":…}]}
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
 */
export function batchJobOf(event: unknown): (BatchJob & { tasks: unknown[] }) | undefined {
  const tasks = memberAt(event, 'tasks');
  const invocationSchemaVersion = textAt(event, 'invocationSchemaVersion');
  if (!Array.isArray(tasks) || !VERSIONS.has(invocationSchemaVersion ?? '')) return undefined;
  return {
    invocationSchemaVersion: invocationSchemaVersion ?? '',
    invocationId: textAt(event, 'invocationId') ?? '',
    tasks,
  };
}

const VERSIONS = new Set(['1.0', '2.0']);

/** @throws UnknownNotificationError, OutsideScopeError */
export function readTask(task: unknown, scope: TrailScope): Notification {
  const to = new NotificationBuilder(scope);
  const arn = textAt(task, 's3BucketArn');
  if (textAt(task, 'taskId') === undefined) throw new UnknownNotificationError('a task without taskId');
  to.addRequested({
    bucket: textAt(task, 's3Bucket') ?? arn?.slice(arn.lastIndexOf(':') + 1),
    key: decodeKey(textAt(task, 's3Key')),
    versionId: textAt(task, 's3VersionId'),
  });
  return to.notification;
}
