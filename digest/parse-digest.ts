/** A log file that a digest lists. */
export interface LoggedFile {
  readonly bucket: string;
  readonly key: string;
  /** Lowercase hexadecimal SHA-256 of the inflated file. */
  readonly hash: string;
}

/** The digest before, as the next one describes it. */
export interface PreviousDigest {
  readonly bucket: string;
  readonly key: string;
  /** Lowercase hexadecimal SHA-256 of the inflated digest. */
  readonly hash: string;
  readonly signature: string;
}

export interface Digest {
  readonly bucket: string;
  readonly key: string;
  /** The hour that it covers: milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** `digestEndTime` as written. The signature covers it. */
  readonly endTime: string;
  readonly fingerprint: string;
  /** `undefined` for the first digest of a trail and the first after a stop. */
  readonly previous: PreviousDigest | undefined;
  readonly files: readonly LoggedFile[];
}

/** Thrown for a text that is not a digest. The message names the member, never its value. */
export class DigestError extends Error {
  override readonly name = 'DigestError';
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const HASH = /^[0-9a-f]{64}$/i;

/**
 * Parses the inflated text of a digest:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 *
 * @throws DigestError if it is not JSON, or a member is missing or has another form
 */
export function parseDigest(text: string): Digest {
  const members = new Members(parseJson(text), 'the digest');
  if (members.text('digestSignatureAlgorithm') !== 'SHA256withRSA')
    throw new DigestError('digestSignatureAlgorithm is not SHA256withRSA');
  const startMs = members.time('digestStartTime');
  const endMs = members.time('digestEndTime');
  if (startMs >= endMs) throw new DigestError('digestEndTime is not after digestStartTime');
  return {
    bucket: members.text('digestS3Bucket'),
    key: members.text('digestS3Object'),
    startMs,
    endMs,
    endTime: members.text('digestEndTime'),
    fingerprint: members.text('digestPublicKeyFingerprint'),
    previous: parsePrevious(members),
    files: members.list('logFiles').map((file, i) => parseFile(new Members(file, `logFiles[${i}]`))),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DigestError('it is not JSON');
  }
}

function parsePrevious(members: Members): PreviousDigest | undefined {
  if (PREVIOUS.every((name) => members.isNull(name))) return undefined;
  return {
    bucket: members.text('previousDigestS3Bucket'),
    key: members.text('previousDigestS3Object'),
    hash: members.hash('previousDigestHashValue'),
    signature: members.text('previousDigestSignature'),
  };
}

const PREVIOUS = [
  'previousDigestS3Bucket',
  'previousDigestS3Object',
  'previousDigestHashValue',
  'previousDigestSignature',
];

function parseFile(members: Members): LoggedFile {
  if (members.text('hashAlgorithm') !== 'SHA-256') throw members.error('hashAlgorithm', 'SHA-256');
  return { bucket: members.text('s3Bucket'), key: members.text('s3Object'), hash: members.hash('hashValue') };
}

/** Reads the members of a JSON object. Errors name the member. */
class Members {
  readonly #values: Record<string, unknown>;
  readonly #place: string;

  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new DigestError(`${place} is not an object`);
    this.#values = value as Record<string, unknown>;
    this.#place = place;
  }

  error(name: string, expected: string): DigestError {
    return new DigestError(`${name} of ${this.#place} is not ${expected}`);
  }

  isNull(name: string): boolean {
    return (this.#values[name] ?? null) === null;
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value !== 'string') throw this.error(name, 'a string');
    return value;
  }

  list(name: string): unknown[] {
    const value = this.#values[name];
    if (!Array.isArray(value)) throw this.error(name, 'a list');
    return value;
  }

  time(name: string): number {
    const value = this.text(name);
    const ms = TIME.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(ms)) throw this.error(name, 'a time in UTC');
    return ms;
  }

  hash(name: string): string {
    const value = this.text(name);
    if (!HASH.test(value)) throw this.error(name, 'a SHA-256 in hexadecimal');
    return value.toLowerCase();
  }
}
