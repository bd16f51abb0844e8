import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CloudTrailClient,
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { resolve, synthesize } from '../infra/synthesize.ts';
import { type Clients, createPipeline, type Pipeline } from './create-pipeline.ts';
import { ACCOUNT, AWS_VARIABLES, REGION } from './moto-server.ts';

const PREPARE_SCRIPT = fileURLToPath(new URL('./prepare_account.py', import.meta.url));
const FUNCTION = 'test-deliver';

export type MoreClients = ReturnType<typeof createMoreClients>;

/** Clients of what only the operator's commands use. */
export function createMoreClients(endpoint: string) {
  const options = { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    cloudtrail: new CloudTrailClient(options),
    cloudwatch: new CloudWatchClient(options),
    lambda: new LambdaClient(options),
  };
}

export interface RunningStack extends Pipeline {
  readonly trailArn: string;
  readonly topicArn: string;
  readonly alarm: string;
  readonly functionName: string;
}

/**
 * Creates in moto what the default stack consists of while it runs: its resources and outputs, a trail that logs, an alarm,
 * and the function's mapping. The queues in the outputs have the address of the proxy. The mapping is off, because moto would run the function in Docker.
 */
export async function createRunningStack(
  bin: string,
  endpoint: string,
  proxy: string,
  clients: Clients,
  more: MoreClients,
  settings: PipelineSettings = {},
): Promise<RunningStack> {
  const template = synthesize({ encryptTrail: true, ...settings });
  const pipeline = await createPipeline(clients, template);
  const outputs = resolve(template.toJSON().Outputs, {
    ...pipeline.names,
    DeliverFunction: FUNCTION,
  }) as Record<string, { Value: string }>;
  const values = Object.fromEntries(
    Object.entries(outputs).map(([name, { Value }]) => [name, Value.replace(endpoint, proxy)]),
  );
  const { TrailARN: trailArn = '' } = await more.cloudtrail.send(
    new CreateTrailCommand({
      Name: 'example-trail',
      S3BucketName: pipeline.trailBucket,
      EnableLogFileValidation: true,
      ...(pipeline.trailKeyArn && { KmsKeyId: pipeline.trailKeyArn }),
    }),
  );
  await more.cloudtrail.send(new StartLoggingCommand({ Name: trailArn }));
  // moto has no default. CloudTrail's is this one.
  const all = { ReadWriteType: 'All' as const, IncludeManagementEvents: true };
  await more.cloudtrail.send(new PutEventSelectorsCommand({ TrailName: trailArn, EventSelectors: [all] }));
  const topicArn = values.AlarmTopicArn ?? '';
  const given = {
    queueArn: values.WorkQueueArn,
    function: FUNCTION,
    outputs: { ...values, TrailArn: trailArn },
  };
  const prepared = spawnSync(join(bin, 'python'), [PREPARE_SCRIPT], {
    encoding: 'utf8',
    input: JSON.stringify(given),
    env: { ...process.env, ...AWS_VARIABLES, AWS_ENDPOINT_URL: endpoint },
  });
  if (prepared.status !== 0) throw new Error(prepared.stderr);
  await more.lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: FUNCTION,
      Environment: { Variables: pipeline.environment },
    }),
  );
  await more.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: FUNCTION,
      EventSourceArn: values.WorkQueueArn,
      Enabled: false,
    }),
  );
  const alarm = 'CloudTrailFirehose-DeadLetterQueueNotEmpty';
  await more.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{
        AlarmName: alarm,
        AlarmActions: [topicArn],
        MetricName: 'm',
        Namespace: 'n',
        Statistic: 'Sum',
        Period: 60,
      },
      ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
    }),
  );
  await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: pipeline.workQueueUrl }));
  return { ...pipeline, trailArn, topicArn, alarm, functionName: FUNCTION };
}

/** Name of an account's log file in the trail bucket, delivered at a time. */
export function logKeyAt(ms: number, kind = 'CloudTrail'): string {
  const time = new Date(ms).toISOString();
  const stamp = time.slice(0, 16).replace(/[-:]/g, '');
  const day = time.slice(0, 10).replaceAll('-', '/');
  return `AWSLogs/${ACCOUNT}/${kind}/${REGION}/${day}/${ACCOUNT}_${kind}_${REGION}_${stamp}Z_0123456789abcdef.json.gz`;
}
