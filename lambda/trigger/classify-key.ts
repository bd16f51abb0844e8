/** What a key of a trail bucket holds, as far as its name tells. */
export type KeyClass = 'log' | 'insight' | 'digest' | 'other';

/**
 * Log and Insight objects are read; digests and whatever does not end in `.json.gz` or `.json` are passed over.
 *
 * Digests end like log objects, so their folder has to tell:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export function classifyKey(key: string): KeyClass {
  if (!/\.json(\.gz)?$/.test(key)) return 'other';
  if (/(^|\/)CloudTrail-Digest\//.test(key)) return 'digest';
  return /(^|\/)CloudTrail-Insight\//.test(key) ? 'insight' : 'log';
}
