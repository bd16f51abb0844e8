import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultCounts, S3Fault, S3FaultHook } from '../faults.ts';
import { hang, Refusal } from '../http/serve.ts';
import { signedService } from '../http/signature.ts';
import { errorXml, refusalOfFault, s3Refusal, xmlHead } from './errors.ts';
import { listObjects, listObjectsV1 } from './list.ts';
import { copyObject, deleteObject } from './move.ts';
import { ObjectStore, type StoredObject } from './objects.ts';
import { answerRead } from './read.ts';
import { parseTarget, type S3Target } from './target.ts';
import { readUpload } from './upload.ts';

export type UploadSink = (bucket: string, key: string, object: StoredObject) => void;

/** State that a reset replaces. A request keeps the run that it started in. */
export interface S3Run {
  readonly store: ObjectStore;
  readonly counts: { requests: number; sentBytes: number };
  readonly faultsExercised: FaultCounts<S3Fault>;
  readonly fault: S3FaultHook | undefined;
}

export function newRun(buckets: readonly string[], fault: S3FaultHook | undefined): S3Run {
  return {
    store: new ObjectStore(buckets),
    counts: { requests: 0, sentBytes: 0 },
    faultsExercised: {
      notFound: 0,
      accessDenied: 0,
      slowDown: 0,
      internalError: 0,
      cut: 0,
      slowBody: 0,
      wrongChecksum: 0,
      corrupt: 0,
      truncate: 0,
      ignoreConditions: 0,
      hang: 0,
      refuse: 0,
    },
    fault,
  };
}

let requestCount = 0;

/** Answers one request of the S3 REST API; a `Refusal` becomes S3's XML error. */
export async function answerS3(
  run: S3Run,
  onUpload: UploadSink | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  requestCount += 1;
  const requestId = `LOCAL${requestCount}`;
  response.setHeader('x-amz-request-id', requestId);
  try {
    checkSigned(request.headers.authorization);
    const target = parseTarget(request);
    const { operation, bucket, key } = target;
    const versionId = target.query.get('versionId');
    const prefix = operation.startsWith('ListObjects') ? target.query.get('prefix') : null;
    const described = {
      ...{ operation, bucket, key },
      ...(versionId !== null && { versionId }),
      ...(prefix !== null && { prefix }),
    };
    const fault = run.fault?.({ ...described, sequence: run.counts.requests });
    run.counts.requests += 1;
    const refusal = refusalOfFault(fault);
    if (fault !== undefined && (refusal !== undefined || fault.kind === 'refuse')) {
      run.faultsExercised[fault.kind] += 1;
      if (refusal === undefined) return void request.socket.destroy();
      throw refusal;
    }
    if (fault?.kind === 'hang') {
      run.faultsExercised.hang += 1;
      return await hang(request, fault);
    }
    await perform(run, onUpload, target, fault, request, response);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // An unread body would block the connection's next request.
    request.resume();
    sendXml(
      response,
      error.status,
      request.method === 'HEAD' ? '' : errorXml(error, requestId),
      error.headers,
    );
  }
}

function checkSigned(authorization: string | undefined): void {
  const service = signedService(authorization);
  if (service === 'missing') throw s3Refusal('AccessDenied');
  if (service !== 's3') throw s3Refusal('AuthorizationHeaderMalformed');
}

async function perform(
  run: S3Run,
  onUpload: UploadSink | undefined,
  target: S3Target,
  fault: S3Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { operation, bucket, key, query } = target;
  if (operation === 'ListObjectsV2') {
    sendXml(
      response,
      200,
      listObjects(
        run.store,
        bucket,
        query,
        request.headers['x-amz-optional-object-attributes'] === 'RestoreStatus',
      ),
      {},
    );
  } else if (operation === 'ListObjects') {
    sendXml(response, 200, listObjectsV1(run.store, bucket, query), {});
  } else if (operation === 'GetBucketLocation') {
    run.store.checkBucket(bucket);
    sendXml(response, 200, LOCATION, {});
  } else if (operation === 'PutObject') {
    run.store.checkBucket(bucket);
    const object = await readUpload(request);
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    if (request.headers['if-none-match'] === '*' && run.store.has(bucket, key))
      throw s3Refusal('PreconditionFailed');
    run.store.put(bucket, key, object);
    response.writeHead(200, { etag: object.etag, 'content-length': 0 }).end();
    onUpload?.(bucket, key, object);
  } else if (operation === 'CopyObject') {
    sendXml(response, 200, copyObject(run.store, request.headers, bucket, key), {});
  } else if (operation === 'DeleteObject') {
    deleteObject(run.store, request.headers, bucket, key);
    response.writeHead(204).end();
  } else {
    const object = run.store.find(bucket, key, query.get('versionId') ?? undefined);
    if (object.isArchived && operation === 'GetObject') throw s3Refusal('InvalidObjectState');
    const read = { isHead: operation === 'HeadObject', headers: request.headers, counts: run.counts };
    const countFault = () => {
      if (fault !== undefined) run.faultsExercised[fault.kind] += 1;
    };
    await answerRead(response, object, read, fault, countFault);
  }
}

/** An empty constraint is us-east-1: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
const LOCATION = `${xmlHead}<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`;

function sendXml(
  response: ServerResponse,
  status: number,
  xml: string,
  headers: Record<string, string>,
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(xml),
  });
  response.end(xml);
}
