/** Reads `s3://BUCKET/PREFIX`. @returns `undefined` for any other form */
export function parseS3Url(url: string): { bucket: string; prefix: string } | undefined {
  const [, bucket, prefix = ''] = S3_URL.exec(url) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const S3_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;
