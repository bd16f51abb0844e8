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
import { startSqs } from '../../local/sqs/endpoint.ts';
import type { Call } from './policy-evaluation.ts';
import { newApp, propertiesOf, resolve } from './synthesize.ts';

const STREAM = 'cloudtrail-events';
const QUEUE = 'cloudtrail-work';
const CLAIMS = 'cloudtrail-claims';

/** What narrows the function to one trail. */
const SCOPE = [ENV.trailBucket, ENV.trailRoot, ENV.trailAccounts, ENV.kinds];

/** What template tokens stand for here, as ARNs of the local account. */
export const LOCAL_NAMES = {
  'Stream.Arn': `arn:aws:firehose:eu-west-3:111122223333:deliverystream/${STREAM}`,
  'WorkQueue.Arn': `arn:aws:sqs:eu-west-3:111122223333:${QUEUE}`,
  'ClaimsBucket.Arn': `arn:aws:s3:::${CLAIMS}`,
};

/** The bundle of the function, as `npx cdk synth` makes it. */
export function bundleFunction() {
  const outdir = mkdtempSync(join(tmpdir(), 'bundle-'));
  const stack = new CloudTrailFirehoseStack(newApp({ bundle: true, outdir }), 'Test');
  // Template.fromStack synthesizes, and with that bundles.
  Template.fromStack(stack);
  const asset = readdirSync(outdir).find((name) => name.startsWith('asset.'));
  if (!asset) throw new Error('synth left no asset');
  const file = join(outdir, asset, 'index.mjs');
  return {
    file,
    files: readdirSync(join(outdir, asset)).sort(),
    bytes: statSync(file).size,
    remove: () => rmSync(outdir, { recursive: true }),
  };
}

/** S3, Firehose and SQS on loopback, which write down every call as IAM would name it. */
export async function startRecordedAccount() {
  const calls: Call[] = [];
  const taken: Buffer[] = [];
  const record = (action: string, resource: string): undefined => {
    calls.push({ action, resource });
  };
  const [s3, firehose, sqs] = await Promise.all([
    startS3({
      buckets: [CLAIMS],
      fault: ({ operation, bucket, key, versionId }) =>
        record(`s3:${operation}${versionId === undefined ? '' : 'Version'}`, `arn:aws:s3:::${bucket}/${key}`),
    }),
    startFirehose({
      // One that the stack makes, and one that was there: test/infra/combinations.ts.
      streams: [STREAM, 'siem'],
      keepRecords: false,
      onRecord: (_, data) => taken.push(data),
      fault: ({ operation, stream }) =>
        record(`firehose:${operation}`, LOCAL_NAMES['Stream.Arn'].replace(STREAM, stream)),
    }),
    startSqs({
      queues: [QUEUE],
      fault: ({ operation, queue }) =>
        record(`sqs:${operation}`, LOCAL_NAMES['WorkQueue.Arn'].replace(QUEUE, queue)),
    }),
  ]);
  /** What a stack of these settings gives the function, and the endpoints. */
  const environmentOf = (template: Template): Record<string, string> => {
    const { Environment } = propertiesOf(template, 'AWS::Lambda::Function', 'DeliverFunction');
    const { Variables } = resolve(Environment, {
      Stream: STREAM,
      WorkQueue: sqs.queueUrl(QUEUE),
      ClaimsBucket: CLAIMS,
    }) as { Variables: Record<string, string> };
    return {
      ...Variables,
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Deliver',
    };
  };
  let loads = 0;
  return {
    s3,
    calls,
    taken,
    resumes: () => sqs.drain(QUEUE),
    environmentOf,
    /**
     * Imports the bundle anew with the environment that a stack of these settings gives the function.
     *
     * @param isScoped whether it reads that trail only; the samples are of several
     */
    async load(file: string, template: Template, { isScoped = false } = {}): Promise<Handler> {
      for (const name of SCOPE) delete process.env[name];
      const environment = environmentOf(template);
      if (!isScoped) for (const name of SCOPE) delete environment[name];
      Object.assign(process.env, environment);
      const { handler } = await import(`${pathToFileURL(file).href}?${loads++}`);
      return handler;
    },
    close: () => Promise.all([s3.close(), firehose.close(), sqs.close()]),
  };
}

/** Settings under which the role may read the sample objects below one prefix of `events/objects/`. */
export const SAMPLE_TRAILS: Record<string, PipelineSettings> = {
  accounts: { trailAccounts: ['111122223333', '123456789012'] },
  organization: { organizationId: 'o-a1b2c3d4e5' },
  prefix: { trailKeyPrefix: 'my trails/été+1/team=sécurité' },
};
