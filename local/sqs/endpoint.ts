import type { FaultCounts, SqsFault, SqsFaultHook } from '../faults.ts';
import { answerAwsJson, type JsonObject } from '../http/aws-json.ts';
import { serve } from '../http/serve.ts';
import { callSqs, newRun, queryErrorOf, send } from './calls.ts';
import { deleteReceived, nextVisibleAt, type ReceivedMessage, take, takeDeadLetters } from './hold.ts';
import { checkMessage } from './limits.ts';
import type { QueueState, SqsMessage } from './receive.ts';

export interface SqsOptions {
  /** Names of existing standard queues; any other name gets a QueueDoesNotExist. */
  readonly queues: readonly string[];
  readonly fault?: SqsFaultHook;
  /** @default any free port */
  readonly port?: number;
  /** Milliseconds since 1970, for visibility timeouts and delays. @default the machine's clock */
  readonly now?: () => number;
}

export interface SqsEndpoint {
  /** For `AWS_ENDPOINT_URL_SQS`. */
  readonly url: string;
  readonly faultsExercised: Readonly<FaultCounts<SqsFault>>;
  /**
   * Returns the URL to send to. Unlike the other clients, the SDK's SQS client uses the host of the queue URL
   * even if `AWS_ENDPOINT_URL_SQS` names another, so a URL of the AWS service would bypass this endpoint.
   */
  queueUrl(queue: string): string;
  /** Returns the messages in the queue, in the order of sending, regardless of delay and visibility. */
  messages(queue: string): readonly SqsMessage[];
  /** Removes and returns the same. */
  drain(queue: string): SqsMessage[];
  /** Puts a message on a queue, without a request. @throws Refusal for an invalid body */
  send(queue: string, body: string): void;
  /** Receives messages as Lambda does, without a request. */
  take(queue: string, count: number, visibilityMs: number): ReceivedMessage[];
  /** Deletes a received message, unless it was received again meanwhile. */
  delete(queue: string, message: ReceivedMessage): void;
  /** Applies the redrive policy: moves visible messages that were received too often. */
  moveDeadLetters(queue: string, deadLetterQueue: string, maxReceives: number): void;
  /** When the next message is visible; `undefined` for an empty queue. */
  nextVisibleAt(queue: string): number | undefined;
  /** Removes all messages and counts, and replaces the fault hook. */
  reset(fault?: SqsFaultHook, queues?: readonly string[]): void;
  /** Resets each open connection at its next request, as after a freeze. */
  dropConnections(): void;
  /** Closes all idle connections. */
  closeIdleConnections(): void;
  close(): Promise<void>;
}

const protocol = {
  scope: 'sqs',
  target: 'AmazonSQS',
  version: '1.0',
  // Enough for a message of 1 MiB in which JSON escapes every character.
  maxBodyBytes: 8 * 1024 * 1024,
  queryError: queryErrorOf,
} as const;

/** Starts SQS with standard queues and no redrive policy. Most tests and `npm run local` fetch the messages with `drain`. */
export async function startSqs(options: SqsOptions): Promise<SqsEndpoint> {
  const { now = Date.now } = options;
  let run = newRun(options.queues, options.fault);
  const server = await serve((request, response) => {
    const startedIn = run;
    const call = (name: string, input: JsonObject) => callSqs(startedIn, queueUrl, name, input, now());
    return answerAwsJson(protocol, call, request, response);
  }, options.port);
  const stateOf = (queue: string): QueueState => ({
    messages: run.sent.get(queue) ?? [],
    flights: run.flights,
    now: now(),
  });
  const queueUrl = (queue: string) => `${server.url}/000000000000/${queue}`;
  return {
    url: server.url,
    get faultsExercised() {
      return run.faultsExercised;
    },
    queueUrl,
    messages: (queue) => run.sent.get(queue) ?? [],
    drain: (queue) => run.sent.get(queue)?.splice(0) ?? [],
    send: (queue, body) => void send(stateOf(queue), checkMessage({ MessageBody: body })),
    take: (queue, count, visibilityMs) => take(stateOf(queue), count, visibilityMs),
    delete: (queue, message) => deleteReceived(stateOf(queue), message),
    moveDeadLetters(queue, deadLetterQueue, maxReceives) {
      stateOf(deadLetterQueue).messages.push(...takeDeadLetters(stateOf(queue), maxReceives));
    },
    nextVisibleAt: (queue) => nextVisibleAt(stateOf(queue)),
    reset(fault, queues = options.queues) {
      run = newRun(queues, fault);
    },
    dropConnections: () => server.dropConnections(),
    closeIdleConnections: () => server.closeIdleConnections(),
    close: () => server.close(),
  };
}
