import { CallError, toCallError } from '../../lambda/aws/call-error.ts';
import { CouldNotTellError } from '../endings.ts';

/** A call, for messages about its errors. */
export interface AwsCall {
  /** `S3 GetObject` */
  readonly name: string;
  /** The IAM action that it needs. */
  readonly action: string;
  /** What it is called for: `s3://bucket/key`, `eu-west-3`. */
  readonly target: string;
  /** What AWS_REGION must be the region of. @default bucket */
  readonly regionOf?: string;
}

/** Turns an error of the SDK into one line with its cause and what to do. */
export function explainError(call: AwsCall, thrown: unknown): Error {
  if (thrown instanceof Error && thrown.name === 'AbortError') return thrown;
  const { message } = toCallError(call.name, thrown);
  const advice = adviceFor(call, thrown) ?? `${call.target}: ${message}`;
  return new CouldNotTellError(advice, concernsEveryCall(call.name, thrown));
}

/** Whether no other call would be answered either: credentials, region or clock are missing or wrong. */
export function concernsEveryCall(name: string, thrown: unknown): boolean {
  const { code } = toCallError(name, thrown);
  return (
    code === 'CredentialsProviderError' ||
    INVALID_CREDENTIALS.has(code) ||
    isWithoutRegion(thrown) ||
    isClockOff(code, thrown)
  );
}

function isWithoutRegion(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === 'Region is missing';
}

/** Returns what to do about an error that later calls would meet too; `undefined` for any other error. */
export function adviceFor(
  { name, action, target, regionOf = 'bucket' }: AwsCall,
  thrown: unknown,
): string | undefined {
  const { code } = toCallError(name, thrown);
  if (code === 'CredentialsProviderError') return noCredentials(process.env.AWS_PROFILE);
  if (isWithoutRegion(thrown)) return `no AWS region. Set AWS_REGION to the region of the ${regionOf}.`;
  if (DENIED.has(code)) return `access denied to ${target}: allow ${kmsActionOf(thrown) ?? action}`;
  if (INVALID_CREDENTIALS.has(code)) return `the AWS credentials are invalid or have expired (${code})`;
  if (isClockOff(code, thrown))
    return 'the clock of this machine is off. Set it, then run the command again.';
  if (code === 'NoSuchBucket') return `${target}: the bucket does not exist`;
  if (NO_QUEUE.has(code)) return `${target}: the queue does not exist`;
  if (code === 'ResourceNotFoundException') return `${target} does not exist`;
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

/** By service; SNS has the third, and an answer to HEAD only its status. */
const DENIED = new Set([
  ...['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'AuthorizationErrorException'],
  ...['Forbidden', '403', 'KmsAccessDenied'],
]);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and S3's own names. */
const INVALID_CREDENTIALS = new Set([
  ...['InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'InvalidToken'],
  ...['ExpiredToken', 'ExpiredTokenException'],
]);

/** The SDK corrects its clock after the first such error, so this one is from a machine whose clock jumps. */
function isClockOff(code: string, thrown: unknown): boolean {
  if (code === 'RequestTimeTooSkewed' || code === 'RequestInTheFuture' || code === 'RequestExpired')
    return true;
  if (code !== 'InvalidSignatureException' && code !== 'SignatureDoesNotMatch') return false;
  // A CallError does not quote this message, but is passing because of it.
  if (thrown instanceof CallError) return thrown.isPassing;
  return thrown instanceof Error && /signature expired|not yet current/i.test(thrown.message);
}

const NO_QUEUE = new Set(['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue']);

/** S3's answers for a bucket in another region: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const ELSEWHERE = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** Returns the action that the key's policy denies, if the error is about a key. */
function kmsActionOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !/kms/i.test(`${thrown.name} ${thrown.message}`)) return undefined;
  return /\bkms:[A-Z]\w+/.exec(thrown.message)?.[0] ?? 'kms:Decrypt';
}

function elsewhere(target: string, thrown: unknown): string {
  const { $response } = thrown as { $response?: { headers?: Record<string, string> } };
  const region = $response?.headers?.['x-amz-bucket-region'];
  const setting = region === undefined ? 'AWS_REGION to its region' : `AWS_REGION=${region}`;
  return `${target}: the bucket is in another region. Set ${setting}.`;
}
