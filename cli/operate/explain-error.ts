import { toCallError } from '../../lambda/aws/call-error.ts';
import { CouldNotTellError } from '../endings.ts';

/** A call, for messages about its errors. */
export interface AwsCall {
  /** `S3 GetObject` */
  readonly name: string;
  /** The IAM action that it needs. */
  readonly action: string;
  /** What it is called for: `s3://bucket/key`, `eu-west-3`. */
  readonly target: string;
}

/** Turns an error of the SDK into one line with its cause and what to do. */
export function explainError(call: AwsCall, thrown: unknown): Error {
  if (thrown instanceof Error && thrown.name === 'AbortError') return thrown;
  const { code, message } = toCallError(call.name, thrown);
  return new CouldNotTellError(adviceFor(call, code, thrown) ?? `${call.target}: ${message}`);
}

function adviceFor({ action, target }: AwsCall, code: string, thrown: unknown): string | undefined {
  if (code === 'CredentialsProviderError') return noCredentials(process.env.AWS_PROFILE);
  if (thrown instanceof Error && thrown.message === 'Region is missing')
    return 'no AWS region. Set AWS_REGION to the region of the bucket.';
  if (DENIED.has(code))
    return `access denied to ${target}: allow ${isAboutKms(thrown) ? 'kms:Decrypt' : action}`;
  if (code === 'NoSuchBucket') return `${target}: the bucket does not exist`;
  if (ELSEWHERE.has(code)) return elsewhere(target, thrown);
  if (UNREACHABLE.has(code))
    return `${target}: cannot reach AWS (${code}). Check the network, a proxy and AWS_ENDPOINT_URL.`;
  return undefined;
}

function noCredentials(profile: string | undefined): string {
  return profile === undefined
    ? 'no AWS credentials. Configure them as for the AWS CLI.'
    : `no AWS credentials in the profile ${profile} of AWS_PROFILE. Configure it as for the AWS CLI.`;
}

/** Errors of Node and the SDK before an answer. */
const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
  ...['ERR_INVALID_URL', 'TimeoutError'],
]);

const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'Forbidden']);

/** S3's answers for a bucket in another region: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const ELSEWHERE = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

function isAboutKms(thrown: unknown): boolean {
  return thrown instanceof Error && /\bkms\b/i.test(thrown.message);
}

function elsewhere(target: string, thrown: unknown): string {
  const { $response } = thrown as { $response?: { headers?: Record<string, string> } };
  const region = $response?.headers?.['x-amz-bucket-region'];
  const setting = region === undefined ? 'AWS_REGION to its region' : `AWS_REGION=${region}`;
  return `${target}: the bucket is in another region. Set ${setting}.`;
}
