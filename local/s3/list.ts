import { encodeKey } from '../../samples/s3-notification.ts';
import { escapeXml, s3Refusal, xmlHead } from './errors.ts';
import type { ObjectStore, StoredObject } from './objects.ts';

/**
 * Lists objects, without delimiters: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 *
 * @returns the XML of one page
 * @throws Refusal NoSuchBucket; InvalidArgument for an invalid `max-keys`; NotImplemented for a delimiter
 */
export function listObjects(store: ObjectStore, bucket: string, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const after = afterKey(query);
  const asked = query.get('max-keys') ?? '1000';
  if (!/^\d{1,9}$/.test(asked)) throw s3Refusal('InvalidArgument');
  if (query.get('delimiter')) throw s3Refusal('NotImplemented');
  const matching = store.list(bucket).filter(([key]) => key.startsWith(prefix) && isAfter(key, after));
  // A page has at most 1,000 keys, even if `max-keys` is larger.
  const page = matching.slice(0, Math.min(Number(asked), 1000));
  const more = page.length > 0 && page.length < matching.length;
  const isUrlEncoded = query.get('encoding-type') === 'url';
  // The same form encoding as in notifications: `test_file(3).png` is `test_file%283%29.png`, and a space is `+`.
  const text = (key: string) => (isUrlEncoded ? encodeKey(key) : escapeXml(key));
  return [
    `${xmlHead}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`,
    `<Name>${bucket}</Name><Prefix>${text(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>`,
    `<MaxKeys>${asked}</MaxKeys><IsTruncated>${more}</IsTruncated>`,
    isUrlEncoded ? '<EncodingType>url</EncodingType>' : '',
    more ? `<NextContinuationToken>${tokenOf(page.at(-1)?.[0] ?? '')}</NextContinuationToken>` : '',
    ...page.map(([key, object]) => contents(text(key), object)),
    '</ListBucketResult>',
  ].join('');
}

/** Returns the key to list after. The continuation token, a key in base64, overrides `start-after`. */
function afterKey(query: URLSearchParams): string {
  const token = query.get('continuation-token');
  return token ? Buffer.from(token, 'base64url').toString() : (query.get('start-after') ?? '');
}

function tokenOf(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function isAfter(key: string, after: string): boolean {
  return after === '' || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
}

function contents(key: string, object: StoredObject): string {
  const modified = object.lastModified.toISOString();
  return `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified><ETag>${escapeXml(object.etag)}</ETag><Size>${object.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}
