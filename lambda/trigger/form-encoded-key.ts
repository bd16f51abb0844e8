import { UnknownNotificationError } from './unknown-notification.ts';

/**
 * S3 form-encodes the keys of its own notifications: `+` is a space, the rest percent-encoded UTF-8.
 *
 * @throws UnknownNotificationError where it is not
 */
export function decodeKey(key: string | undefined): string | undefined {
  try {
    return key && decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new UnknownNotificationError('a record whose key is not form-encoded');
  }
}
