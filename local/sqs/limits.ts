import { type JsonObject, stringOrAbsent, structure } from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
/** Limit of one message with its attributes, and of one batch: 1 MiB since 2025, 256 KiB before. */
export const maxMessageBytes = 1_048_576;
export const maxBatchEntries = 10;
export const maxDelaySeconds = 900;

/**
 * Checks the limits of a batch. Errors of a single entry are returned under `Failed` instead.
 *
 * @throws Refusal EmptyBatchRequest, TooManyEntriesInBatchRequest, BatchEntryIdsNotDistinct, BatchRequestTooLong
 */
export function checkBatch(entries: JsonObject[]): void {
  if (entries.length === 0) {
    throw new Refusal(
      400,
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    );
  }
  if (entries.length > maxBatchEntries) {
    const message = `Maximum number of entries per request are ${maxBatchEntries}. You have sent ${entries.length}.`;
    throw new Refusal(400, 'TooManyEntriesInBatchRequest', message);
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new Refusal(
      400,
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  }
  const bytes = entries.reduce(
    (sum, { MessageBody }) => sum + Buffer.byteLength(String(MessageBody ?? '')),
    0,
  );
  if (bytes > maxMessageBytes) {
    const message = `Batch requests cannot be longer than ${maxMessageBytes} bytes. You have sent ${bytes} bytes.`;
    throw new Refusal(400, 'BatchRequestTooLong', message);
  }
}

export interface CheckedMessage {
  readonly body: string;
  readonly delaySeconds: number;
  /** Body and attributes in UTF-8. */
  readonly bytes: number;
}

const outsideXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** @throws Refusal MissingParameter, InvalidMessageContents, InvalidParameterValue */
export function checkMessage(input: JsonObject): CheckedMessage {
  const body = stringOrAbsent(input.MessageBody, 'MessageBody');
  if (body === undefined || body === '') {
    throw new Refusal(400, 'MissingParameter', 'The request must contain the parameter MessageBody.');
  }
  if (outsideXml.test(body)) {
    throw new Refusal(400, 'InvalidMessageContents', 'Invalid characters found in the message body.');
  }
  const bytes = Buffer.byteLength(body) + attributeBytes(input.MessageAttributes);
  if (bytes > maxMessageBytes) throw tooLong();
  return { body, delaySeconds: checkDelay(input.DelaySeconds), bytes };
}

/** Returns the size of name, type and value of all attributes, which count towards the message size. */
function attributeBytes(attributes: unknown): number {
  return Object.entries(structure(attributes, 'MessageAttributes')).reduce((bytes, [name, attribute]) => {
    const { DataType, StringValue, BinaryValue } = structure(attribute, 'MessageAttributes');
    const parts = [name, stringOrAbsent(DataType, 'DataType'), stringOrAbsent(StringValue, 'StringValue')];
    const binary = Buffer.from(stringOrAbsent(BinaryValue, 'BinaryValue') ?? '', 'base64');
    return bytes + binary.length + parts.reduce((sum, part) => sum + Buffer.byteLength(part ?? ''), 0);
  }, 0);
}

function tooLong(): Refusal {
  const reason = `Message must be shorter than ${maxMessageBytes} bytes.`;
  return new Refusal(400, 'InvalidParameterValue', `One or more parameters are invalid. Reason: ${reason}`);
}

function checkDelay(delay: unknown): number {
  if (delay === undefined || delay === null) return 0;
  if (typeof delay !== 'number') {
    throw new Refusal(400, 'SerializationException', 'DelaySeconds can not be converted to an Integer');
  }
  if (Number.isInteger(delay) && delay >= 0 && delay <= maxDelaySeconds) return delay;
  const reason = `DelaySeconds must be >= 0 and <= ${maxDelaySeconds}.`;
  throw new Refusal(
    400,
    'InvalidParameterValue',
    `Value ${delay} for parameter DelaySeconds is invalid. Reason: ${reason}`,
  );
}
