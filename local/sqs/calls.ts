import { createHash, randomUUID } from 'node:crypto';
import type { FaultCounts, SqsFault, SqsFaultHook, SqsRequest } from '../faults.ts';
import { type JsonAnswer, type JsonObject, stringOrAbsent } from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';
import { type CheckedMessage, checkMessage } from './limits.ts';
import {
  attributesOf,
  changeVisibility,
  deleteMessage,
  type Flight,
  performBatch,
  type QueueState,
  receive,
  type SqsMessage,
} from './receive.ts';

/** State that a reset replaces. A request keeps the run that it started in. */
export interface SqsRun {
  /** Messages by queue; every existing queue has a list. */
  readonly sent: Map<string, SqsMessage[]>;
  readonly flights: WeakMap<SqsMessage, Flight>;
  readonly faultsExercised: FaultCounts<SqsFault>;
  readonly fault: SqsFaultHook | undefined;
  sequence: number;
}

export function newRun(queues: readonly string[], fault: SqsFaultHook | undefined): SqsRun {
  return {
    sent: new Map(queues.map((queue) => [queue, []])),
    flights: new WeakMap(),
    faultsExercised: {
      serverError: 0,
      accessDenied: 0,
      throttle: 0,
      resetBefore: 0,
      resetAfter: 0,
      hang: 0,
      refuse: 0,
    },
    fault,
    sequence: 0,
  };
}

/**
 * Answers one API call.
 *
 * @param queueUrl returns the URL of a queue, for GetQueueUrl
 * @param now      milliseconds since 1970
 * @throws Refusal with the service's error
 */
export function callSqs(
  run: SqsRun,
  queueUrl: (queue: string) => string,
  name: string,
  input: JsonObject,
  now: number,
): JsonAnswer {
  const operation = knownOperation(name);
  const queue = queueOf(operation, input);
  const entryCount = entryCountOf(operation, input);
  const fault = run.fault?.({ operation, queue, entryCount, sequence: run.sequence });
  run.sequence += 1;
  if (fault !== undefined && fault.kind !== 'resetAfter' && fault.kind !== 'hang') {
    run.faultsExercised[fault.kind] += 1;
    return answerWithoutAccepting(fault.kind, operation);
  }
  const messages = run.sent.get(queue);
  if (messages === undefined)
    throw new Refusal(400, 'QueueDoesNotExist', 'The specified queue does not exist.');
  const state = { messages, flights: run.flights, now };
  const output =
    operation === 'GetQueueUrl' ? { QueueUrl: queueUrl(queue) } : OPERATIONS[operation](state, input);
  if (fault === undefined) return { output };
  run.faultsExercised[fault.kind] += 1;
  return fault.kind === 'hang' ? { hang: fault } : 'reset';
}

const OPERATIONS: Record<
  Exclude<SqsRequest['operation'], 'GetQueueUrl'>,
  (queue: QueueState, input: JsonObject) => JsonObject
> = {
  SendMessage: (queue, input) => send(queue, checkMessage(input)),
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
  SendMessageBatch: (queue, input) => performBatch(input, (entry) => send(queue, checkMessage(entry))),
  ReceiveMessage: receive,
  DeleteMessage: deleteMessage,
  ChangeMessageVisibility: changeVisibility,
  ChangeMessageVisibilityBatch: (queue, input) =>
    performBatch(input, (entry) => changeVisibility(queue, entry)),
  GetQueueAttributes: attributesOf,
};

function knownOperation(name: string): SqsRequest['operation'] {
  if (name === 'GetQueueUrl' || Object.hasOwn(OPERATIONS, name)) return name as SqsRequest['operation'];
  throw new Refusal(400, 'UnknownOperationException', '');
}

function entryCountOf(operation: SqsRequest['operation'], { Entries }: JsonObject): number {
  if (operation.endsWith('Batch')) return Array.isArray(Entries) ? Entries.length : 0;
  return WITHOUT_ENTRIES.has(operation) ? 0 : 1;
}

const WITHOUT_ENTRIES = new Set<SqsRequest['operation']>([
  'GetQueueUrl',
  'ReceiveMessage',
  'GetQueueAttributes',
]);

/** Returns the queue's name, the last part of the URL. Any host and account are valid. */
function queueOf(operation: SqsRequest['operation'], input: JsonObject): string {
  if (operation === 'GetQueueUrl') return stringOrAbsent(input.QueueName, 'QueueName') ?? '';
  const url = stringOrAbsent(input.QueueUrl, 'QueueUrl');
  if (!url) throw new Refusal(400, 'MissingParameter', 'The request must contain the parameter QueueUrl.');
  return url.slice(url.lastIndexOf('/') + 1);
}

function answerWithoutAccepting(
  kind: Exclude<SqsFault['kind'], 'resetAfter' | 'hang'>,
  operation: SqsRequest['operation'],
): JsonAnswer {
  switch (kind) {
    case 'refuse':
      return 'hangUp';
    case 'resetBefore':
      return 'reset';
    case 'serverError':
      throw new Refusal(500, 'InternalFailure', '');
    case 'throttle':
      throw new Refusal(400, 'RequestThrottled', 'Request is throttled.');
    case 'accessDenied':
      throw new Refusal(
        403,
        'AccessDeniedException',
        `User is not authorized to perform: sqs:${operation.toLowerCase().replace(/batch$/, '')}`,
      );
  }
}

/** Puts a message on a queue. Answers with the MD5 of the body, because the SDK throws if it differs. The SDK does not check attributes. */
export function send({ messages, flights, now }: QueueState, { bytes, ...checked }: CheckedMessage) {
  const message = { messageId: randomUUID(), ...checked };
  messages.push(message);
  flights.set(message, { sentAt: now, visibleAt: now + checked.delaySeconds * 1000, receives: 0 });
  return {
    MessageId: message.messageId,
    MD5OfMessageBody: createHash('md5').update(checked.body).digest('hex'),
  };
}

/** Returns the error's code in the older query protocol, which the SDK still exposes as `error.Code`. */
export function queryErrorOf({ code, status }: Refusal): string {
  return `${queryCodes[code] ?? code};${status < 500 ? 'Sender' : 'Receiver'}`;
}

const queryCodes: Record<string, string> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  AccessDeniedException: 'AccessDenied',
};
