import type { FaultCounts, SqsFault, SqsFaultHook } from '../faults.ts';
import { answerAwsJson } from '../http/aws-json.ts';
import { serve } from '../http/serve.ts';
import { callSqs, newRun, queryErrorOf, type SqsMessage } from './calls.ts';

export interface SqsOptions {
  /** Names of the standard queues that exist; any other is a QueueDoesNotExist. */
  readonly queues: readonly string[];
  readonly fault?: SqsFaultHook;
  /** @default any free port */
  readonly port?: number;
}

export interface SqsEndpoint {
  /** For `AWS_ENDPOINT_URL_SQS`. */
  readonly url: string;
  readonly faultsExercised: Readonly<FaultCounts<SqsFault>>;
  /**
   * The URL to send to. Unlike the other clients the SDK's SQS client goes to the host of the queue's URL
   * even when `AWS_ENDPOINT_URL_SQS` names another, so a URL of the real service would not end up here.
   */
  queueUrl(queue: string): string;
  /** The messages sent so far, in order, whatever their delay; they stay. */
  messages(queue: string): readonly SqsMessage[];
  /** The same, and takes them out. */
  drain(queue: string): SqsMessage[];
  /** Forgets everything and obeys `fault` from now on, or no hook at all. */
  reset(fault?: SqsFaultHook, queues?: readonly string[]): void;
  /** Every connection that is open now resets at its next request, as after a freeze. */
  dropConnections(): void;
  /** Closes every connection that is idle now: their clients are gone. */
  closeIdleConnections(): void;
  close(): Promise<void>;
}

const protocol = {
  scope: 'sqs',
  target: 'AmazonSQS',
  version: '1.0',
  // Room for a message of 1 MiB of which JSON escapes every character.
  maxBodyBytes: 8 * 1024 * 1024,
  queryError: queryErrorOf,
} as const;

/** The sending half of an SQS: a test or `npm run local` takes the messages out by `drain`. */
export async function startSqs(options: SqsOptions): Promise<SqsEndpoint> {
  let run = newRun(options.queues, options.fault);
  const server = await serve((request, response) => {
    const begun = run;
    return answerAwsJson(protocol, (name, input) => callSqs(begun, queueUrl, name, input), request, response);
  }, options.port);
  const queueUrl = (queue: string) => `${server.url}/000000000000/${queue}`;
  return {
    url: server.url,
    get faultsExercised() {
      return run.faultsExercised;
    },
    queueUrl,
    messages: (queue) => run.sent.get(queue) ?? [],
    drain: (queue) => run.sent.get(queue)?.splice(0) ?? [],
    reset(fault, queues = options.queues) {
      run = newRun(queues, fault);
    },
    dropConnections: () => server.dropConnections(),
    closeIdleConnections: () => server.closeIdleConnections(),
    close: () => server.close(),
  };
}
