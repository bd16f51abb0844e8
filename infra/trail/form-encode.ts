/**
 * Form-encodes each segment of a key prefix, the form in which S3 compares the filter of a notification rule:
 * a space becomes `+`, and all but letters, digits and `-_.*` becomes percent-encoded UTF-8. Slashes stay.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
export function formEncode(prefix: string): string {
  return prefix
    .split('/')
    .map((segment) => new URLSearchParams({ '': segment }).toString().slice(1))
    .join('/');
}
