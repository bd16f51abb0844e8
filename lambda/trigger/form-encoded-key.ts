import { UnknownNotificationError } from './unknown-notification.ts';

/**
 * Decodes the key of an S3 notification, which S3 form-encodes: `+` is a space, the rest percent-encoded UTF-8.
 *
 * @throws UnknownNotificationError if the key is not form-encoded
 */
export function decodeKey(key: string | undefined): string | undefined {
  try {
    return key && decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new UnknownNotificationError('a record whose key is not form-encoded');
  }
}
