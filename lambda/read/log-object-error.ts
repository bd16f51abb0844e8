/** Why a log object could not be read to its end. */
export type ReadFault =
  | 'empty-object'
  | 'truncated-gzip'
  | 'corrupt-gzip'
  | 'bad-checksum'
  | 'bytes-after-gzip'
  | 'spoilt-in-transit'
  | 'truncated-json'
  | 'not-json'
  | 'double-gzip'
  | 'zstd'
  | 'utf-16'
  | 'too-large'
  | 'too-many-records';

/**
 * A log object that could not be read to its end. The records before the fault have been given out already.
 *
 * The message names the fault and the byte, never the content.
 */
export class LogObjectError extends Error {
  override name = 'LogObjectError';

  /**
   * @param fault    what is wrong
   * @param byte     where: in the object as stored for a gzip fault, in the inflated text for a JSON fault
   * @param expected what should have stood there
   */
  constructor(
    readonly fault: ReadFault,
    readonly byte: number,
    expected: string,
  ) {
    super(`${fault} at byte ${byte}: ${expected}`);
  }
}
