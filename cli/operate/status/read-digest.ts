import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { parseDigestKey } from '../../../digest/digest-key.ts';
import { ENV } from '../../../lambda/contract.ts';
import { DIGEST_FOLDER } from '../../../lambda/trigger/trail-kinds.ts';
import { CouldNotTellError } from '../../endings.ts';
import { type Answer, ask } from '../ask.ts';
import { BucketReader } from '../bucket-reader.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { unknown } from '../finding.ts';
import { listDays } from '../list-days.ts';
import type { LastDigest } from './status-report.ts';

const DAY_MS = 86_400_000;

export interface DigestPlace {
  readonly bucket: string;
  readonly functionName: string;
  /** Account of the stack. */
  readonly account: string;
  readonly region: string;
}

/** Finds the newest digest of the stack's account and Region in the folder that the function reads. */
export async function readLastDigest(
  { bucket, functionName, account, region }: DigestPlace,
  nowMs: number,
  stop: AbortSignal,
): Promise<Answer<LastDigest>> {
  const lambda = new LambdaClient(CLIENT_OPTIONS);
  const s3 = new S3Client(CLIENT_OPTIONS);
  const call = {
    name: 'Lambda GetFunctionConfiguration',
    action: 'lambda:GetFunctionConfiguration',
    target: `function ${functionName}`,
    regionOf: 'stack',
  };
  try {
    const found = await ask('last digest', call, () =>
      lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }), { abortSignal: stop }),
    );
    if ('finding' in found) return found;
    const { Variables: env = {} } = found.value.Environment ?? {};
    const root = env[ENV.trailRoot] || 'AWSLogs/';
    const [trailAccount = account] = env[ENV.trailAccounts]?.split(',') ?? [];
    const folder = `${root}${trailAccount || account}/${DIGEST_FOLDER}/${region}/`;
    const span = { startMs: nowMs - 2 * DAY_MS, endMs: nowMs };
    const objects = await listDays(new BucketReader(s3, stop), bucket, folder, span);
    const times = objects.flatMap(({ key }) => parseDigestKey(key)?.endMs ?? []);
    return { value: { endMs: times.length > 0 ? Math.max(...times) : undefined } };
  } catch (error) {
    if (!(error instanceof CouldNotTellError) || error.concernsEveryCall) throw error;
    return { finding: unknown('last digest', error.message) };
  } finally {
    lambda.destroy();
    s3.destroy();
  }
}
