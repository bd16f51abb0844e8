import { encodeKey } from '../../samples/s3-notification.ts';
import { escapeXml, s3Refusal, xmlHead } from './errors.ts';
import type { ObjectStore, StoredObject } from './objects.ts';

/** An object, or a group of keys that continue after the prefix up to the same delimiter. */
type Item = readonly [key: string, object: StoredObject] | readonly [commonPrefix: string];

interface Page {
  readonly items: readonly Item[];
  readonly isTruncated: boolean;
  readonly asked: string;
}

/**
 * Lists objects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 *
 * @param withRestoreStatus whether the request has `x-amz-optional-object-attributes: RestoreStatus`
 * @returns the XML of one page
 * @throws Refusal NoSuchBucket; InvalidArgument for an invalid `max-keys`
 */
export function listObjects(
  store: ObjectStore,
  bucket: string,
  query: URLSearchParams,
  withRestoreStatus: boolean,
): string {
  const page = pageOf(store, bucket, query, afterKey(query));
  return listXml(bucket, query, page, withRestoreStatus, [
    `<KeyCount>${page.items.length}</KeyCount>`,
    page.isTruncated
      ? `<NextContinuationToken>${tokenOf(page.items.at(-1)?.[0] ?? '')}</NextContinuationToken>`
      : '',
  ]);
}

/**
 * The older form of the same list, which the AWS CLI uses for digests:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
 *
 * @throws Refusal NoSuchBucket; InvalidArgument for an invalid `max-keys`
 */
export function listObjectsV1(store: ObjectStore, bucket: string, query: URLSearchParams): string {
  const marker = query.get('marker') ?? '';
  const page = pageOf(store, bucket, query, marker);
  const text = textIn(query);
  // Without a delimiter, clients continue after the last key.
  const hasNext = page.isTruncated && query.get('delimiter');
  return listXml(bucket, query, page, false, [
    `<Marker>${text(marker)}</Marker>`,
    hasNext ? `<NextMarker>${text(page.items.at(-1)?.[0] ?? '')}</NextMarker>` : '',
  ]);
}

function pageOf(store: ObjectStore, bucket: string, query: URLSearchParams, after: string): Page {
  const asked = query.get('max-keys') ?? '1000';
  if (!/^\d{1,9}$/.test(asked)) throw s3Refusal('InvalidArgument');
  const prefix = query.get('prefix') ?? '';
  const items = group(store.list(bucket, prefix, after), prefix, query.get('delimiter') ?? '', after);
  // A page has at most 1,000 items, even if `max-keys` is larger.
  const page = items.slice(0, Math.min(Number(asked), 1000));
  return { items: page, isTruncated: page.length > 0 && page.length < items.length, asked };
}

/**
 * Replaces the keys of each group by their common prefix, which counts as one item. A page that continues after a
 * common prefix does not repeat it.
 */
function group(objects: [string, StoredObject][], prefix: string, delimiter: string, after: string): Item[] {
  if (delimiter === '') return objects;
  const items: Item[] = [];
  for (const [key, object] of objects) {
    const at = key.indexOf(delimiter, prefix.length);
    const common = at < 0 ? undefined : key.slice(0, at + delimiter.length);
    if (common === undefined) items.push([key, object]);
    else if (common !== after && items.at(-1)?.[0] !== common) items.push([common]);
  }
  return items;
}

function listXml(
  bucket: string,
  query: URLSearchParams,
  page: Page,
  withRestoreStatus: boolean,
  members: string[],
): string {
  const text = textIn(query);
  const delimiter = query.get('delimiter');
  return [
    `${xmlHead}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`,
    `<Name>${bucket}</Name><Prefix>${text(query.get('prefix') ?? '')}</Prefix>`,
    delimiter ? `<Delimiter>${text(delimiter)}</Delimiter>` : '',
    `<MaxKeys>${page.asked}</MaxKeys><IsTruncated>${page.isTruncated}</IsTruncated>`,
    isUrlEncoded(query) ? '<EncodingType>url</EncodingType>' : '',
    ...members,
    ...page.items.map(([key, object]) =>
      object
        ? contents(text(key), object, withRestoreStatus)
        : `<CommonPrefixes><Prefix>${text(key)}</Prefix></CommonPrefixes>`,
    ),
    '</ListBucketResult>',
  ].join('');
}

function isUrlEncoded(query: URLSearchParams): boolean {
  return query.get('encoding-type') === 'url';
}

/** The same form encoding as in notifications: `test_file(3).png` is `test_file%283%29.png`, and a space is `+`. */
function textIn(query: URLSearchParams): (key: string) => string {
  return isUrlEncoded(query) ? encodeKey : escapeXml;
}

/** Returns the key to list after. The continuation token, a key in base64, overrides `start-after`. */
function afterKey(query: URLSearchParams): string {
  const token = query.get('continuation-token');
  return token ? Buffer.from(token, 'base64url').toString() : (query.get('start-after') ?? '');
}

function tokenOf(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function contents(
  key: string,
  { lastModified, etag, size, options }: StoredObject,
  withRestoreStatus: boolean,
): string {
  const { storageClass = 'STANDARD', restoredUntil } = options;
  return [
    `<Contents><Key>${key}</Key><LastModified>${lastModified.toISOString()}</LastModified>`,
    `<ETag>${escapeXml(etag)}</ETag><Size>${size}</Size><StorageClass>${storageClass}</StorageClass>`,
    restoredUntil === undefined || !withRestoreStatus
      ? ''
      : `<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>${restoredUntil.toISOString()}</RestoreExpiryDate></RestoreStatus>`,
    '</Contents>',
  ].join('');
}
