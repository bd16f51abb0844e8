import { createHash, randomUUID } from 'node:crypto';
import type { FaultCounts, SqsFault, SqsFaultHook, SqsRequest } from '../faults.ts';
import {
  type JsonAnswer,
  type JsonObject,
  listOrAbsent,
  stringOrAbsent,
  structure,
} from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';
import { type CheckedMessage, checkBatch, checkMessage } from './limits.ts';

export interface SqsMessage {
  readonly messageId: string;
  readonly body: string;
  /** As requested by the sender; messages are not actually delayed. */
  readonly delaySeconds: number;
}

/** State that a reset replaces. A request keeps the run that it started in. */
export interface SqsRun {
  /** Messages by queue; every existing queue has a list. */
  readonly sent: Map<string, SqsMessage[]>;
  readonly faultsExercised: FaultCounts<SqsFault>;
  readonly fault: SqsFaultHook | undefined;
  sequence: number;
}

export function newRun(queues: readonly string[], fault: SqsFaultHook | undefined): SqsRun {
  return {
    sent: new Map(queues.map((queue) => [queue, []])),
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
 * @throws Refusal with the service's error
 */
export function callSqs(
  run: SqsRun,
  queueUrl: (queue: string) => string,
  name: string,
  input: JsonObject,
): JsonAnswer {
  const operation = knownOperation(name);
  const queue = queueOf(operation, input);
  const entryCount = entryCountOf(operation, input);
  const fault = run.fault?.({ operation, queue, entryCount, sequence: run.sequence });
  run.sequence += 1;
  if (fault !== undefined && fault.kind !== 'resetAfter' && fault.kind !== 'hang') {
    run.faultsExercised[fault.kind] += 1;
    return answerWithoutAccepting(fault.kind);
  }
  const messages = run.sent.get(queue);
  if (messages === undefined)
    throw new Refusal(400, 'QueueDoesNotExist', 'The specified queue does not exist.');
  const output = perform(operation, input, messages) ?? { QueueUrl: queueUrl(queue) };
  if (fault === undefined) return { output };
  run.faultsExercised[fault.kind] += 1;
  return fault.kind === 'hang' ? { hang: fault } : 'reset';
}

function knownOperation(name: string): SqsRequest['operation'] {
  if (name === 'SendMessage' || name === 'SendMessageBatch' || name === 'GetQueueUrl') return name;
  throw new Refusal(400, 'UnknownOperationException', '');
}

function entryCountOf(operation: SqsRequest['operation'], { Entries }: JsonObject): number {
  if (operation === 'SendMessageBatch') return Array.isArray(Entries) ? Entries.length : 0;
  return operation === 'SendMessage' ? 1 : 0;
}

/** Returns the queue's name, the last part of the URL. Any host and account are valid. */
function queueOf(operation: SqsRequest['operation'], input: JsonObject): string {
  if (operation === 'GetQueueUrl') return stringOrAbsent(input.QueueName, 'QueueName') ?? '';
  const url = stringOrAbsent(input.QueueUrl, 'QueueUrl');
  if (!url) throw new Refusal(400, 'MissingParameter', 'The request must contain the parameter QueueUrl.');
  return url.slice(url.lastIndexOf('/') + 1);
}

function answerWithoutAccepting(kind: Exclude<SqsFault['kind'], 'resetAfter' | 'hang'>): JsonAnswer {
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
      throw new Refusal(403, 'AccessDeniedException', 'User is not authorized to perform: sqs:sendmessage');
  }
}

function perform(operation: SqsRequest['operation'], input: JsonObject, messages: SqsMessage[]) {
  if (operation === 'SendMessage') return send(messages, checkMessage(input));
  if (operation === 'SendMessageBatch') return sendBatch(messages, input);
  return undefined;
}

/** Answers with the MD5 of the body, because the SDK throws if it differs. The SDK does not check attributes. */
function send(messages: SqsMessage[], { body, delaySeconds }: CheckedMessage) {
  const messageId = randomUUID();
  messages.push({ messageId, body, delaySeconds });
  return { MessageId: messageId, MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
function sendBatch(messages: SqsMessage[], input: JsonObject): JsonObject {
  const entries = (listOrAbsent(input.Entries, 'Entries') ?? []).map((entry) => structure(entry, 'Entries'));
  checkBatch(entries);
  const Successful: JsonObject[] = [];
  const Failed: JsonObject[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...send(messages, checkMessage(entry)) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
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
