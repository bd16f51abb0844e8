import { type JsonObject, stringOrAbsent, structure } from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
/** Limit of one message with its attributes, and of one batch: 1 MiB since 2025, 256 KiB before. */
export const maxMessageBytes = 1_048_576;
export const maxBatchEntries = 10;
export const maxDelaySeconds = 900;
export const maxVisibilitySeconds = 43_200;
export const defaultVisibilitySeconds = 30;
export const maxWaitSeconds = 20;
export const maxAttributes = 10;
/** Received messages that are neither deleted nor visible again. */
export const maxInFlight = 120_000;

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
  /** Absent without any. */
  readonly attributes?: JsonObject;
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
  const attributes = structure(input.MessageAttributes, 'MessageAttributes');
  const names = Object.keys(attributes);
  if (names.length > maxAttributes) throw tooManyAttributes(names.length);
  const bytes = Buffer.byteLength(body) + attributeBytes(attributes);
  if (bytes > maxMessageBytes) throw tooLong();
  const delaySeconds = checkDelay(input.DelaySeconds);
  return { body, delaySeconds, bytes, ...(names.length > 0 && { attributes }) };
}

function tooManyAttributes(count: number): Refusal {
  const message = `Number of message attributes [${count}] exceeds the allowed maximum [${maxAttributes}].`;
  return new Refusal(400, 'InvalidParameterValue', message);
}

/** Returns the size of name, type and value of all attributes, which count towards the message size. */
function attributeBytes(attributes: JsonObject): number {
  return Object.entries(attributes).reduce((bytes, [name, attribute]) => {
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
  return checkInteger(delay, 'DelaySeconds', 0, maxDelaySeconds) ?? 0;
}

/**
 * Checks a number within its limits.
 *
 * @returns `undefined` if it is absent
 * @throws Refusal SerializationException, InvalidParameterValue
 */
export function checkInteger(
  value: unknown,
  parameter: string,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') {
    throw new Refusal(400, 'SerializationException', `${parameter} can not be converted to an Integer`);
  }
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const reason = `${parameter} must be >= ${least} and <= ${most}.`;
  throw new Refusal(
    400,
    'InvalidParameterValue',
    `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}
