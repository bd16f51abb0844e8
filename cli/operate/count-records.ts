import { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../../lambda/clock.ts';
import { LogObjectError } from '../../lambda/read/log-object-error.ts';
import { OpenObject } from '../../lambda/read/open-object.ts';
import { readRecords } from '../../lambda/read/read-records.ts';
import { type LogObjectRef, nameObject } from '../../lambda/trigger/log-object-ref.ts';
import { CouldNotTellError } from '../endings.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { explainError } from './explain-error.ts';

/**
 * Counts the records of an object, as the function reads it.
 *
 * @throws CouldNotTellError if it cannot be read to its end
 */
export async function countRecords(
  ref: LogObjectRef,
  stop: AbortSignal,
): Promise<{ records: number; etag: string | undefined }> {
  const s3 = new S3Client(CLIENT_OPTIONS);
  const object = new OpenObject(s3, ref, stop, systemClock);
  try {
    // Throws without a region. Errors of reads no longer name the cause.
    await s3.config.region();
    const { recordsSeen } = await readRecords(
      () => object.bytes(),
      async (nextRecord) => {
        while (nextRecord());
        return true;
      },
      // Counts the records without returning them.
      { firstRecord: Number.MAX_SAFE_INTEGER },
    );
    return { records: recordsSeen, etag: object.etag };
  } catch (error) {
    stop.throwIfAborted();
    const target = nameObject(ref);
    if (error instanceof LogObjectError)
      throw new CouldNotTellError(`cannot count the records of ${target}: ${error.message}`);
    const action = ref.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
    throw explainError({ name: 'S3 GetObject', action, target }, error);
  } finally {
    s3.destroy();
  }
}
