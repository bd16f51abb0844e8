import type { IncomingHttpHeaders } from 'node:http';
import type { Call } from './infra/policy-evaluation.ts';

/** A request to AWS, with its body. */
export interface AwsRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Service of the request's signature: `sqs`. */
export function serviceOf({ headers }: AwsRequest): string {
  return /\/([a-z0-9-]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? '';
}

/**
 * Reads which calls a request makes, as IAM names them. Actions by API call:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 *
 * @throws Error for a request that it does not know, which no test may skip
 */
export function callsOf(request: AwsRequest, account: string, region: string): Call[] {
  const service = serviceOf(request);
  const arn = (name: string, of = service) => `arn:aws:${of}:${region}:${account}:${name}`;
  if (service === 's3') return s3Calls(request);
  if (service === 'lambda') return [lambdaCall(request, arn)];
  const { operation, input } = operationOf(request);
  switch (service) {
    case 'sqs': {
      const name = String(input.QueueUrl ?? input.QueueName)
        .split('/')
        .at(-1);
      return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource: arn(`${name}`) }];
    }
    case 'cloudformation':
      return [{ action: `cloudformation:${operation}`, resource: arn(`stack/${input.StackName}/id`) }];
    case 'firehose':
      return [
        { action: `firehose:${operation}`, resource: arn(`deliverystream/${input.DeliveryStreamName}`) },
      ];
    case 'sns':
      return [{ action: `sns:${operation}`, resource: String(input.TopicArn) }];
    case 'kms':
      return [{ action: `kms:${operation}`, resource: String(input.KeyId) }];
    case 'cloudtrail':
      return [{ action: `cloudtrail:${operation}`, resource: String(input.TrailName ?? input.Name ?? '*') }];
    case 'monitoring':
      return [{ action: `cloudwatch:${operation}`, resource: '*' }];
    default:
      throw new Error(`no action is known for a request of ${service}`);
  }
}

function operationOf({ headers, body }: AwsRequest): { operation: string; input: Record<string, unknown> } {
  const target = headers['x-amz-target'];
  if (target !== undefined)
    return { operation: String(target).split('.')[1] ?? '', input: JSON.parse(body.toString()) };
  const input = Object.fromEntries(new URLSearchParams(body.toString()));
  return { operation: input.Action ?? '', input };
}

/** Actions of a bucket's settings, by the query parameter. */
const BUCKET_ACTIONS: Record<string, string> = {
  'list-type': 's3:ListBucket',
  location: 's3:GetBucketLocation',
  notification: 's3:GetBucketNotification',
  lifecycle: 's3:GetLifecycleConfiguration',
  encryption: 's3:GetEncryptionConfiguration',
};

function s3Calls({ method, url, headers }: AwsRequest): Call[] {
  const { pathname, searchParams } = new URL(url, 'http://any');
  const [, bucket = '', rawKey = ''] = /^\/([^/]*)\/?(.*)$/s.exec(pathname) ?? [];
  const object = (name: string) => `arn:aws:s3:::${name}`;
  const resource = object(`${bucket}/${decodeURIComponent(rawKey)}`);
  if (rawKey === '') {
    const parameter = Object.keys(BUCKET_ACTIONS).find((name) => searchParams.has(name));
    if (method !== 'GET' || parameter === undefined)
      throw new Error(`no action is known for ${method} ${url}`);
    return [{ action: BUCKET_ACTIONS[parameter] ?? '', resource: object(bucket) }];
  }
  const source = headers['x-amz-copy-source'];
  switch (method) {
    case 'GET':
    case 'HEAD':
      return [{ action: searchParams.has('versionId') ? 's3:GetObjectVersion' : 's3:GetObject', resource }];
    case 'PUT':
      if (source === undefined) return [{ action: 's3:PutObject', resource }];
      return [
        { action: 's3:GetObject', resource: object(decodeURIComponent(String(source))) },
        { action: 's3:PutObject', resource },
      ];
    case 'DELETE': {
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
      const read = headers['if-match'] === undefined ? [] : [{ action: 's3:GetObject', resource }];
      return [{ action: 's3:DeleteObject', resource }, ...read];
    }
    default:
      throw new Error(`no action is known for ${method} ${url}`);
  }
}

const LAMBDA_PATHS: [RegExp, string][] = [
  [/\/functions\/([^/]+)\/configuration/, 'GetFunctionConfiguration'],
  [/\/functions\/([^/]+)\/concurrency/, 'GetFunctionConcurrency'],
  [/\/event-source-mappings\/[^?]+$/, 'GetEventSourceMapping'],
  [/\/event-source-mappings/, 'ListEventSourceMappings'],
  [/\/account-settings/, 'GetAccountSettings'],
];

function lambdaCall({ url }: AwsRequest, arn: (name: string) => string): Call {
  for (const [path, operation] of LAMBDA_PATHS) {
    const match = path.exec(url);
    if (!match) continue;
    const name = decodeURIComponent(match[1] ?? '');
    const resource = name === '' ? '*' : name.startsWith('arn:') ? name : arn(`function:${name}`);
    return { action: `lambda:${operation}`, resource };
  }
  throw new Error(`no action is known for ${url}`);
}
