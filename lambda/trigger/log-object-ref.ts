/** A log object to read, as a notification or a resume message names it. */
export interface LogObjectRef {
  bucket: string;
  key: string;
  versionId?: string | undefined;
  /** Index of the first record to deliver. */
  nextRecord: number;
  /** Resume messages in a row that brought no record further. */
  attempt: number;
}

/** `s3://bucket/key`, for messages and for `log.file.path`. */
export function nameObject({ bucket, key }: Pick<LogObjectRef, 'bucket' | 'key'>): string {
  return `s3://${bucket}/${key}`;
}
