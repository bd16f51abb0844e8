import { CopyObjectCommand, DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { toCallError } from '../../../lambda/aws/call-error.ts';
import { adviceFor, explainError } from '../explain-error.ts';
import { doneKey } from './error-folder.ts';

/**
 * Copies an object to the folder of what is done, then deletes it. Both only if it still has its ETag, so an object that
 * was replaced meanwhile stays. In a versioned bucket, its version stays as well.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 *
 * @returns why it was not moved; `undefined` if it was
 * @throws CouldNotTellError if no object can be moved, for lack of a permission for example
 */
export async function moveObject(
  s3: S3Client,
  bucket: string,
  key: string,
  etag: string | undefined,
): Promise<string | undefined> {
  const CopySource = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  const copy = new CopyObjectCommand({
    ...{ Bucket: bucket, Key: doneKey(key), CopySource, CopySourceIfMatch: etag },
  });
  const target = `s3://${bucket}/${doneKey(key)}`;
  const reason = await attempt({ name: 'S3 CopyObject', action: 's3:PutObject', target }, () =>
    s3.send(copy),
  );
  if (reason !== undefined) return reason;
  const call = { name: 'S3 DeleteObject', action: 's3:DeleteObject', target: `s3://${bucket}/${key}` };
  return attempt(call, () => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag })));
}

async function attempt(
  call: { name: string; action: string; target: string },
  send: () => Promise<unknown>,
): Promise<string | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    if (adviceFor(call, error) !== undefined) throw explainError(call, error);
    const { code, message } = toCallError(call.name, error);
    return code === 'PreconditionFailed' ? 'the object was replaced' : message;
  }
}
