import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

export const HOUR_MS = 3_600_000;
/** Long ago on any clock. */
export const DAY = Date.parse('2024-05-14T00:00:00Z');
export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-3';
export const BUCKET = 'example-trail-bucket';

export interface SigningKey {
  readonly fingerprint: string;
  readonly privateKey: KeyObject;
  /** DER in PKCS #1 form. */
  readonly publicKey: Buffer;
}

export function createSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ format: 'der', type: 'pkcs1' });
  return { privateKey, publicKey: der, fingerprint: createHash('md5').update(der).digest('hex') };
}

export interface TrailObject {
  bytes: Buffer;
  metadata?: Record<string, string>;
}

interface TrailOptions {
  readonly signer: SigningKey;
  readonly bucket?: string;
  readonly account?: string;
  readonly region?: string;
  readonly trail?: string;
  /** Up to the account. */
  readonly root?: string;
}

interface HourOptions {
  /** A trail that starts or is restarted with this hour has no previous digest. */
  readonly isStart?: boolean;
  readonly isBackfill?: boolean;
  /** Changes the text of the digest before it is signed. */
  readonly edit?: (text: string) => string;
}

/**
 * What CloudTrail would write for one trail, account and region. Written only from AWS's description:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
export class SignedTrail {
  readonly objects = new Map<string, TrailObject>();
  readonly digestKeys: string[] = [];
  readonly #options: Required<TrailOptions>;
  #previous: { key: string; hash: string; signature: string } | undefined;

  constructor(options: TrailOptions) {
    const defaults = {
      bucket: BUCKET,
      account: ACCOUNT,
      region: REGION,
      trail: 'my_trail',
      root: 'AWSLogs/',
    };
    this.#options = { ...defaults, ...options };
  }

  get logKeys(): string[] {
    return [...this.objects.keys()].filter((key) => !key.includes('/CloudTrail-Digest/'));
  }

  /** Key of a log file that is delivered at a time. */
  logKey(timeMs: number, name: string, kind = 'CloudTrail'): string {
    const { account, region, root } = this.#options;
    const stamp = compact(timeMs).slice(0, 13);
    return `${root}${account}/${kind}/${region}/${day(timeMs)}/${account}_${kind}_${region}_${stamp}Z_${name}.json.gz`;
  }

  /** Adds a log file without a digest. @param records JSON texts */
  addLog(
    timeMs: number,
    name: string,
    kind?: string,
    records: readonly string[] = [`{"eventName":"${name}"}`],
  ): string {
    const key = this.logKey(timeMs, name, kind);
    this.objects.set(key, { bytes: gzipSync(`{"Records":[${records.join()}]}`) });
    return key;
  }

  /**
   * Adds an hour's digest, signed.
   *
   * @param logs keys of log files that were added
   * @returns the key of the digest
   */
  addDigest(endMs: number, logs: string[], { isStart, isBackfill, edit }: HourOptions = {}): string {
    const { signer, bucket, account, region, trail, root } = this.#options;
    const suffix = isBackfill ? '_backfill' : '';
    const name = `${account}_CloudTrail-Digest_${region}_${trail}_us-east-1_${compact(endMs)}Z${suffix}.json.gz`;
    const key = `${root}${account}/CloudTrail-Digest/${region}/${day(endMs)}/${name}`;
    const previous = isStart || isBackfill ? undefined : this.#previous;
    const text = JSON.stringify({
      awsAccountId: account,
      digestStartTime: utc(endMs - HOUR_MS),
      digestEndTime: utc(endMs),
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: signer.fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: utc(endMs - 600_000),
      oldestEventTime: utc(endMs - HOUR_MS),
      previousDigestS3Bucket: previous ? bucket : null,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
      previousDigestSignature: previous?.signature ?? null,
      logFiles: logs.map((log) => ({
        s3Bucket: bucket,
        s3Object: log,
        hashValue: sha256(inflatedOf(this.objects.get(log)?.bytes)),
        hashAlgorithm: 'SHA-256',
        newestEventTime: utc(endMs - 600_000),
        oldestEventTime: utc(endMs - HOUR_MS),
      })),
    });
    const edited = edit ? edit(text) : text;
    const hash = sha256(Buffer.from(edited));
    const toSign = [utc(endMs), `${bucket}/${key}`, hash, previous ? previous.signature : 'null'].join('\n');
    const signature = sign('RSA-SHA256', Buffer.from(toSign), signer.privateKey).toString('hex');
    this.objects.set(key, {
      bytes: gzipSync(edited),
      metadata: {
        signature,
        'signature-algorithm': 'SHA256withRSA',
        ...(isBackfill && { 'backfill-generation-timestamp': utc(endMs + 5 * HOUR_MS) }),
      },
    });
    if (!isBackfill) {
      this.#previous = { key, hash, signature };
      this.digestKeys.push(key);
    }
    return key;
  }

  /** Adds an hour with a number of log files and their digest. Returns their keys. */
  addHour(endMs: number, count = 2, options: HourOptions = {}): { digest: string; logs: string[] } {
    const logs = Array.from({ length: count }, (_, i) =>
      this.addLog(endMs - HOUR_MS + (i + 1) * 600_000, `fiLe${i}of${compact(endMs)}`),
    );
    return { digest: this.addDigest(endMs, logs, options), logs };
  }
}

function inflatedOf(bytes: Buffer | undefined): Buffer {
  if (!bytes) throw new Error('the log file was not added');
  return gunzipSync(bytes);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `2024-05-14T01:00:00Z` */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `20240514T010000` */
function compact(ms: number): string {
  return utc(ms).slice(0, 19).replaceAll(/[-:]/g, '');
}

function day(ms: number): string {
  return utc(ms).slice(0, 10).replaceAll('-', '/');
}
