import {
  failValidation,
  type JsonObject,
  listOrAbsent,
  stringOrAbsent,
  structure,
} from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';

// https://docs.aws.amazon.com/firehose/latest/dev/limits.html
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
/** Entries of one PutRecordBatch. */
export const maxBatchRecords = 500;
/** Data of one PutRecordBatch before base64; names and JSON do not count. */
export const maxBatchBytes = 4 * 1024 * 1024;
/** One record before base64: 1,000 KiB, not 1 MiB. */
export const maxRecordBytes = 1_024_000;
/** Each record is billed as a multiple of 5 KB: https://aws.amazon.com/firehose/pricing/ */
export const billedStepBytes = 5 * 1024;

const streamNamePattern = /^[a-zA-Z0-9_.-]+$/;

/** @throws Refusal ValidationException unless the name has 1 to 64 characters of `[a-zA-Z0-9_.-]`. */
export function checkStreamName(input: JsonObject): string {
  const name = stringOrAbsent(input.DeliveryStreamName, 'DeliveryStreamName');
  const path = 'deliveryStreamName';
  if (name === undefined) failValidation('null', path, 'Member must not be null');
  if (name.length < 1) failValidation(`''`, path, 'Member must have length greater than or equal to 1');
  if (name.length > 64) failValidation(`'${name}'`, path, 'Member must have length less than or equal to 64');
  if (!streamNamePattern.test(name)) {
    failValidation(`'${name}'`, path, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+');
  }
  return name;
}

/**
 * Decodes the entries of PutRecordBatch and checks the service's limits.
 *
 * @throws Refusal SerializationException (JSON types, base64), ValidationException (number of entries, size
 * of one), InvalidArgumentException (total size). The call then accepts no record.
 */
export function decodeBatch(input: JsonObject): Buffer[] {
  const records = listOrAbsent(input.Records, 'Records');
  if (records === undefined) failValidation('null', 'records', 'Member must not be null');
  const decoded = records.map((record, index) => decodeData(record, `records.${index + 1}.member.data`));
  const shown = `'[${decoded.length} records]'`;
  if (decoded.length < 1)
    failValidation(shown, 'records', 'Member must have length greater than or equal to 1');
  if (decoded.length > maxBatchRecords) {
    failValidation(shown, 'records', `Member must have length less than or equal to ${maxBatchRecords}`);
  }
  decoded.forEach((data, index) => {
    checkRecord(data, `records.${index + 1}.member.data`);
  });
  if (decoded.reduce((bytes, data) => bytes + data.length, 0) > maxBatchBytes) {
    throw new Refusal(400, 'InvalidArgumentException', 'Records size exceeds 4 MB limit');
  }
  return decoded;
}

/** Decodes the record of PutRecord; throws the same errors as `decodeBatch`. */
export function decodeSingle(input: JsonObject): Buffer {
  const data = decodeData(input.Record, 'record.data');
  checkRecord(data, 'record.data');
  return data;
}

function decodeData(record: unknown, path: string): Buffer {
  const text = stringOrAbsent(structure(record, path).Data, path);
  if (text === undefined) failValidation('null', path, 'Member must not be null');
  const data = Buffer.from(text, 'base64');
  if (!isExactBase64(text, data)) {
    throw new Refusal(400, 'SerializationException', `${path} can not be converted to a Blob: not Base64`);
  }
  return data;
}

/**
 * Node's decoder skips invalid characters, which changes the length, and it accepts the URL alphabet. A text
 * whose length is not a multiple of four never has the right length.
 */
function isExactBase64(text: string, data: Buffer): boolean {
  if (text.includes('-') || text.includes('_')) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return data.length === (text.length / 4) * 3 - padding;
}

function checkRecord(data: Buffer, path: string): void {
  const shown = `'java.nio.HeapByteBuffer[pos=0 lim=${data.length} cap=${data.length}]'`;
  if (data.length > maxRecordBytes) {
    failValidation(shown, path, `Member must have length less than or equal to ${maxRecordBytes}`);
  }
  // The API model allows 0 bytes. Rejected here, because only a packing bug produces an empty record.
  if (data.length < 1) failValidation(shown, path, 'Member must have length greater than or equal to 1');
}
