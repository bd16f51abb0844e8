import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { ENV } from '../../lambda/contract.ts';
import type { Handler } from '../../local/account.ts';
import { startFirehose } from '../../local/firehose/endpoint.ts';
import { startS3 } from '../../local/s3/endpoint.ts';
import { startSecretsManager } from '../../local/secretsmanager/endpoint.ts';
import { startSqs } from '../../local/sqs/endpoint.ts';
import type { Call } from './policy-evaluation.ts';
import { newApp, propertiesOf, resolve } from './synthesize.ts';

const STREAM = 'cloudtrail-events';
/** The stack's new stream, and nine more. */
export const STREAMS = [STREAM, ...Array.from({ length: 9 }, (_, i) => `${STREAM}-${i + 2}`)];
const QUEUE = 'cloudtrail-work';
const CLAIMS = 'cloudtrail-claims';
const BACKFILL_QUEUE = 'cloudtrail-backfill';
const RECEIPTS = 'cloudtrail-receipts';

/** Environment variables that limit the function to one trail. */
const SCOPE = [ENV.trailBucket, ENV.trailRoot, ENV.trailAccounts, ENV.kinds];

/** Optional variables, which an earlier template may have set. */
const OPTIONAL = [...SCOPE, ENV.backfill, ENV.profile, ENV.labels, ENV.accountsFile, ENV.maxEventsPerRecord];

/** Values of template tokens: ARNs of the local account. */
export const LOCAL_NAMES = {
  'Stream.Arn': `arn:aws:firehose:eu-west-3:111122223333:deliverystream/${STREAM}`,
  'WorkQueue.Arn': `arn:aws:sqs:eu-west-3:111122223333:${QUEUE}`,
  'StreamOfBackfillStream.Arn': `arn:aws:firehose:eu-west-3:111122223333:deliverystream/${STREAM}`,
  'ReceiptsStream.Arn': `arn:aws:firehose:eu-west-3:111122223333:deliverystream/${RECEIPTS}`,
  'BackfillWorkQueue.Arn': `arn:aws:sqs:eu-west-3:111122223333:${BACKFILL_QUEUE}`,
  'ClaimsBucket.Arn': `arn:aws:s3:::${CLAIMS}`,
};

interface LoadOptions {
  readonly isScoped?: boolean;
  /** Start of the function's logical ID. */
  readonly idPrefix?: string;
}

/** Bundles the function like `npx cdk synth`, with the files of its settings. */
export function bundleFunction(settings: PipelineSettings = {}) {
  const outdir = mkdtempSync(join(tmpdir(), 'bundle-'));
  const stack = new CloudTrailFirehoseStack(newApp({ bundle: true, outdir }), 'Test', { settings });
  // Template.fromStack runs synth, which bundles the function.
  Template.fromStack(stack);
  const asset = readdirSync(outdir).find((name) => name.startsWith('asset.'));
  if (!asset) throw new Error('synth wrote no asset');
  const file = join(outdir, asset, 'index.mjs');
  return {
    file,
    files: readdirSync(join(outdir, asset)).sort(),
    bytes: statSync(file).size,
    remove: () => rmSync(outdir, { recursive: true }),
  };
}

/** Secret with the key for redaction. */
export const REDACT_KEY_ARN = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:redact-key-AbCdEf';

/** Starts local S3, Firehose, SQS and Secrets Manager, and records each call as its IAM action and resource. */
export async function startRecordedAccount() {
  const calls: Call[] = [];
  const accepted: Buffer[] = [];
  const record = (action: string, resource: string, prefix?: string): undefined => {
    calls.push({ action, resource, ...(prefix !== undefined && { prefix }) });
  };
  const [s3, firehose, sqs, secrets] = await Promise.all([
    startS3({
      buckets: [CLAIMS],
      fault: ({ operation, bucket, key, versionId, prefix }) =>
        operation === 'ListObjectsV2'
          ? record('s3:ListBucket', `arn:aws:s3:::${bucket}`, prefix ?? '')
          : record(
              `s3:${operation}${versionId === undefined ? '' : 'Version'}`,
              `arn:aws:s3:::${bucket}/${key}`,
            ),
    }),
    startFirehose({
      // The stack's new streams, and the existing one of test/infra/combinations.ts.
      streams: [...STREAMS, RECEIPTS, 'siem'],
      keepRecords: false,
      onRecord: (stream, data) => {
        if (stream !== RECEIPTS) accepted.push(data);
      },
      fault: ({ operation, stream }) =>
        record(`firehose:${operation}`, LOCAL_NAMES['Stream.Arn'].replace(STREAM, stream)),
    }),
    startSqs({
      queues: [QUEUE, BACKFILL_QUEUE],
      fault: ({ operation, queue }) =>
        record(`sqs:${operation}`, LOCAL_NAMES['WorkQueue.Arn'].replace(QUEUE, queue)),
    }),
    startSecretsManager({
      secrets: { [REDACT_KEY_ARN]: 'k'.repeat(64) },
      fault: () => record('secretsmanager:GetSecretValue', REDACT_KEY_ARN),
    }),
  ]);
  /**
   * Returns the function's environment from a template, with the local endpoints.
   *
   * @param options which function, and whether it reads only the trail of the template, instead of any object
   */
  const environmentOf = (
    template: Template,
    { isScoped = false, idPrefix = 'DeliverFunction' }: LoadOptions = {},
  ): Record<string, string> => {
    const { Environment } = propertiesOf(template, 'AWS::Lambda::Function', idPrefix);
    const { Variables } = resolve(Environment, {
      Stream: STREAM,
      HttpSingleStream: STREAM,
      WorkQueue: sqs.queueUrl(QUEUE),
      StreamOfBackfillStream: STREAM,
      ReceiptsStream: RECEIPTS,
      BackfillWorkQueue: sqs.queueUrl(BACKFILL_QUEUE),
      ClaimsBucket: CLAIMS,
    }) as { Variables: Record<string, string> };
    if (!isScoped) for (const name of SCOPE) delete Variables[name];
    return {
      ...Variables,
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Deliver',
    };
  };
  let loads = 0;
  return {
    s3,
    calls,
    accepted,
    resumes: () => sqs.drain(QUEUE),
    backfillMessages: () => sqs.drain(BACKFILL_QUEUE),
    environmentOf,
    /** Imports a new copy of the bundle with the environment of `environmentOf`. */
    async load(file: string, template: Template, options?: LoadOptions): Promise<Handler> {
      for (const name of OPTIONAL) delete process.env[name];
      Object.assign(process.env, environmentOf(template, options));
      const { handler } = await import(`${pathToFileURL(file).href}?${loads++}`);
      return handler;
    },
    close: () => Promise.all([s3.close(), firehose.close(), sqs.close(), secrets.close()]),
  };
}

/** Settings with which the role can read the sample objects below one prefix of `events/objects/`. */
export const SAMPLE_TRAILS: Record<string, PipelineSettings> = {
  accounts: { trailAccounts: ['111122223333', '123456789012'] },
  organization: { organizationId: 'o-a1b2c3d4e5' },
  prefix: { trailKeyPrefix: 'my trails/été+1/team=sécurité' },
};
