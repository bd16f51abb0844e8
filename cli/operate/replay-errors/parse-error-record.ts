import { MAX_RECORD_BYTES } from '../../../lambda/deliver/limits.ts';
import { isObject } from '../../../lambda/trigger/json-member.ts';
import { formatNumber } from '../../format.ts';

/** A record that Firehose could not deliver. */
export interface ErrorRecord {
  /** What was sent to the stream, byte for byte. */
  readonly data: Buffer;
  /** `HttpEndpoint.DestinationException`, `Lambda.FunctionTimedOut`, … */
  readonly errorCode: string;
}

/**
 * Parses one line of an error object. The codes start with a capital letter if Firehose could not convert the format:
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 *
 * @returns why it is malformed, without its content
 */
export function parseErrorRecord(json: Buffer): ErrorRecord | string {
  const parsed = parse(json);
  if (!isObject(parsed)) return 'not JSON';
  const { rawData, errorCode = parsed.ErrorCode } = parsed;
  if (typeof rawData !== 'string') return 'no rawData';
  const data = Buffer.from(rawData, 'base64');
  // Node's decoder skips what is not base64.
  if (data.toString('base64') !== rawData) return 'rawData is not base64';
  if (data.length > MAX_RECORD_BYTES)
    return `rawData has ${formatNumber(data.length)} bytes, and a Firehose record at most ${formatNumber(MAX_RECORD_BYTES)}`;
  return { data, errorCode: typeof errorCode === 'string' && errorCode !== '' ? errorCode : 'unknown' };
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}
