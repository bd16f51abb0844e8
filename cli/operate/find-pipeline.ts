import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { readSettings } from '../../lambda/settings.ts';
import { outOfScope, type TrailScope } from '../../lambda/trigger/trail-scope.ts';
import { CouldNotTellError, UsageError } from '../endings.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { type AwsCall, explainError } from './explain-error.ts';
import type { ReceiptLocation } from './read-receipts.ts';
import { readOutputs, type StackOutputs } from './stack-outputs.ts';
import { rootOf, type VerifyOptions } from './verify-options.ts';

/** What `verify` compares. */
export interface Pipeline {
  readonly bucket: string;
  /** Up to the accounts, with a trailing slash: `my-prefix/AWSLogs/`. */
  readonly root: string;
  /** `undefined` without receipts. */
  readonly receipts: ReceiptLocation | undefined;
  /** Queue for objects without receipts; `undefined` unless it is needed. */
  readonly workQueue: string | undefined;
  /** Whether the function is told not to read an object. */
  isLeftOut(bucket: string, key: string): boolean;
}

/**
 * Finds what the options do not name in the stack's outputs, and in the function's environment. Without receipts, the
 * options alone are enough.
 *
 * @throws UsageError for options that contradict each other. CouldNotTellError without such a stack or function
 */
export async function findPipeline(options: VerifyOptions, stop: AbortSignal): Promise<Pipeline> {
  const { bucket, receipts, function: functionName, enqueue = false, workQueue } = options;
  if (receipts === false && enqueue)
    throw new UsageError('--enqueue needs receipts. Leave out --no-receipts.');
  const isNamed = bucket !== undefined && (receipts === false || typeof receipts === 'object');
  const needsStack = !isNamed || (enqueue && workQueue === undefined);
  const outputs = needsStack ? await readOutputs(options.stack, stop) : undefined;
  const lambda = functionName ?? outputs?.get('FunctionName');
  const scope = lambda === undefined ? {} : await readScope(lambda, stop);
  return {
    bucket: bucket ?? outputs?.get('TrailBucket') ?? '',
    root: rootOf(options, scope.root),
    receipts: receipts === false ? undefined : (receipts ?? locationFrom(options.stack, outputs)),
    workQueue: enqueue ? (workQueue ?? outputs?.get('WorkQueueUrl')) : undefined,
    isLeftOut: (of, key) => outOfScope({ bucket: of, key }, scope) !== undefined,
  };
}

/** @throws CouldNotTellError if the stack has no receipts */
function locationFrom(stack: string, outputs: StackOutputs | undefined): ReceiptLocation {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+)$/.exec(outputs?.find('ReceiptLocation') ?? '') ?? [];
  if (bucket !== undefined && prefix !== undefined) return { bucket, prefix };
  const advice = 'Deploy it with receipts=true, or judge digests and bucket alone with --no-receipts.';
  throw new CouldNotTellError(`stack ${stack} keeps no receipts. ${advice}`);
}

async function readScope(name: string, stop: AbortSignal): Promise<TrailScope> {
  const client = new LambdaClient(CLIENT_OPTIONS);
  const call: AwsCall = {
    name: 'Lambda GetFunctionConfiguration',
    action: 'lambda:GetFunctionConfiguration',
    target: `function ${name}`,
    regionOf: 'stack',
  };
  try {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }), {
      abortSignal: stop,
    });
    return scopeOf(name, Environment?.Variables ?? {});
  } catch (error) {
    if (error instanceof CouldNotTellError) throw error;
    throw explainError(call, error);
  } finally {
    client.destroy();
  }
}

function scopeOf(name: string, environment: Record<string, string>): TrailScope {
  try {
    return readSettings(environment).scope;
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw new CouldNotTellError(`function ${name} is not one of this version: ${reason}`);
  }
}
