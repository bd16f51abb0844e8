import { createHash, randomUUID } from 'node:crypto';
import { type JsonObject, listOrAbsent, stringOrAbsent, structure } from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';
import {
  checkBatch,
  checkInteger,
  defaultVisibilitySeconds,
  maxBatchEntries,
  maxInFlight,
  maxVisibilitySeconds,
  maxWaitSeconds,
} from './limits.ts';

export interface SqsMessage {
  readonly messageId: string;
  readonly body: string;
  /** As requested by the sender; `messages` and `drain` ignore it. */
  readonly delaySeconds: number;
  /** Message attributes as sent; absent without any. */
  readonly attributes?: JsonObject;
}

/** What SQS knows of a message besides what its sender sent. Times are milliseconds since 1970. */
export interface Flight {
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  /** Receipt handle of the last receive. Earlier ones no longer delete the message. */
  handle?: string;
}

/** One queue, and the time of the call. */
export interface QueueState {
  readonly messages: SqsMessage[];
  readonly flights: WeakMap<SqsMessage, Flight>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Hides and returns messages, oldest first; SQS promises no order. Answers an empty queue at once, even with a wait.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export function receive(queue: QueueState, input: JsonObject): JsonObject {
  const { MaxNumberOfMessages, VisibilityTimeout, WaitTimeSeconds } = input;
  const count = checkInteger(MaxNumberOfMessages, 'MaxNumberOfMessages', 1, maxBatchEntries) ?? 1;
  const seconds =
    checkInteger(VisibilityTimeout, 'VisibilityTimeout', 0, maxVisibilitySeconds) ?? defaultVisibilitySeconds;
  checkInteger(WaitTimeSeconds, 'WaitTimeSeconds', 0, maxWaitSeconds);
  if (countMessages(queue).hidden >= maxInFlight)
    throw new Refusal(403, 'OverLimit', 'Too many messages are in flight.');
  const batch = queue.messages.filter((message) => flightOf(queue, message).visibleAt <= queue.now);
  return {
    Messages: batch.slice(0, count).map((message) => {
      const flight = flightOf(queue, message);
      flight.receives += 1;
      flight.firstReceivedAt ??= queue.now;
      flight.visibleAt = queue.now + seconds * 1000;
      flight.handle = `${message.messageId}/${randomUUID()}`;
      return describeMessage(message, flight, input);
    }),
  };
}

function describeMessage(message: SqsMessage, flight: Flight, input: JsonObject): JsonObject {
  const { messageId, body, attributes = {} } = message;
  const system = select(systemAttributes(flight), input.MessageSystemAttributeNames ?? input.AttributeNames);
  const chosen = select(attributes, input.MessageAttributeNames);
  return {
    MessageId: messageId,
    ReceiptHandle: flight.handle,
    MD5OfBody: createHash('md5').update(body).digest('hex'),
    Body: body,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(Object.keys(chosen).length > 0 && { MessageAttributes: chosen }),
  };
}

function systemAttributes({ sentAt, receives, firstReceivedAt = 0 }: Flight): JsonObject {
  return {
    SenderId: 'AIDAIOSFODNN7EXAMPLE',
    SentTimestamp: String(sentAt),
    ApproximateReceiveCount: String(receives),
    ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
  };
}

/** Selects members by `All`, a name, or `prefix.*`; none without names. */
function select(members: JsonObject, names: unknown): JsonObject {
  const wanted = (listOrAbsent(names, 'AttributeNames') ?? []).map(String);
  const isWanted = (name: string) =>
    wanted.some(
      (each) =>
        each === 'All' || each === name || (each.endsWith('.*') && name.startsWith(each.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(members).filter(([name]) => isWanted(name)));
}

/**
 * Deletes a message. With the handle of an earlier receive, a standard queue answers success and keeps the message.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
 */
export function deleteMessage(queue: QueueState, input: JsonObject): JsonObject {
  const message = findByHandle(queue, input);
  if (message) queue.messages.splice(queue.messages.indexOf(message), 1);
  return {};
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html */
export function changeVisibility(queue: QueueState, input: JsonObject): JsonObject {
  const { VisibilityTimeout, ReceiptHandle } = input;
  const seconds = checkInteger(VisibilityTimeout, 'VisibilityTimeout', 0, maxVisibilitySeconds);
  if (seconds === undefined) throw missing('VisibilityTimeout');
  const message = findByHandle(queue, input);
  const flight = message && flightOf(queue, message);
  if (flight === undefined || flight.visibleAt <= queue.now) {
    const reason = 'Message does not exist or is not available for visibility timeout change.';
    throw new Refusal(
      400,
      'InvalidParameterValue',
      `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: ${reason}`,
    );
  }
  flight.visibleAt = queue.now + seconds * 1000;
  return {};
}

/**
 * Performs each entry on its own. Errors of single entries are returned under `Failed`.
 *
 * @param perform acts on one entry and returns its part of the answer
 * @throws Refusal for an invalid batch
 */
export function performBatch(input: JsonObject, perform: (entry: JsonObject) => JsonObject): JsonObject {
  const entries = (listOrAbsent(input.Entries, 'Entries') ?? []).map((entry) => structure(entry, 'Entries'));
  checkBatch(entries);
  const Successful: JsonObject[] = [];
  const Failed: JsonObject[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...perform(entry) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export function attributesOf(queue: QueueState, { AttributeNames }: JsonObject): JsonObject {
  const { visible, hidden, delayed } = countMessages(queue);
  const all = {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(defaultVisibilitySeconds),
  };
  return { Attributes: select(all, AttributeNames) };
}

function countMessages(queue: QueueState) {
  const counts = { visible: 0, hidden: 0, delayed: 0 };
  for (const message of queue.messages) {
    const { visibleAt, receives } = flightOf(queue, message);
    if (visibleAt <= queue.now) counts.visible += 1;
    else counts[receives > 0 ? 'hidden' : 'delayed'] += 1;
  }
  return counts;
}

/** @throws Refusal for a missing handle, or text that is not one */
function findByHandle(queue: QueueState, input: JsonObject): SqsMessage | undefined {
  const handle = stringOrAbsent(input.ReceiptHandle, 'ReceiptHandle');
  if (!handle) throw missing('ReceiptHandle');
  if (!/^[0-9a-f-]{36}\/[0-9a-f-]{36}$/.test(handle))
    throw new Refusal(404, 'ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is invalid.`);
  return queue.messages.find((message) => flightOf(queue, message).handle === handle);
}

function missing(parameter: string): Refusal {
  return new Refusal(400, 'MissingParameter', `The request must contain the parameter ${parameter}.`);
}

/** Returns what SQS knows of a message. */
export function flightOf({ flights, now }: QueueState, message: SqsMessage): Flight {
  const flight = flights.get(message) ?? { sentAt: now, visibleAt: now, receives: 0 };
  flights.set(message, flight);
  return flight;
}
