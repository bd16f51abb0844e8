/** Why a log object could not be read to its end. */
export type LogObjectErrorCode =
  | 'empty-object'
  | 'truncated-gzip'
  | 'corrupt-gzip'
  | 'bad-checksum'
  | 'bytes-after-gzip'
  | 'corrupted-in-transit'
  | 'truncated-json'
  | 'not-json'
  | 'double-gzip'
  | 'zstd'
  | 'utf-16'
  | 'too-large'
  | 'too-many-records';

/**
 * A log object that could not be read to its end. The records before the error have been given out already.
 *
 * The message names the error and the byte, never the content.
 */
export class LogObjectError extends Error {
  override name = 'LogObjectError';

  /**
   * @param code     what is wrong
   * @param byte     where: in the object as stored for a gzip error, in the inflated text for a JSON error
   * @param expected what should have stood there
   */
  constructor(
    readonly code: LogObjectErrorCode,
    readonly byte: number,
    expected: string,
  ) {
    super(`${code} at byte ${byte}: ${expected}`);
  }
}
