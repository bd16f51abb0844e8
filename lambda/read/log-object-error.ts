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
 * Thrown when a log object cannot be read to the end, after emitting the records before the error.
 *
 * The message has the code and the byte, never the content.
 */
export class LogObjectError extends Error {
  override name = 'LogObjectError';

  /**
   * @param byte   position in the stored object for a gzip error, in the inflated text for a JSON error
   * @param detail what was expected or found there
   */
  constructor(
    readonly code: LogObjectErrorCode,
    readonly byte: number,
    detail: string,
  ) {
    super(`${code} at byte ${byte}: ${detail}`);
  }
}
