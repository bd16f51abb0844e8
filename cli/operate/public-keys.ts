import { readFileSync } from 'node:fs';
import { CloudTrailClient, ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail';
import type { Span } from '../../digest/spans.ts';
import { describeError, UsageError } from '../endings.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { explainError } from './explain-error.ts';

const HOUR_MS = 3_600_000;

/** Finds the public key of a digest; `undefined` if there is none with its fingerprint. */
export type FindKey = (
  region: string,
  fingerprint: string,
  signedMs: number,
) => Promise<Uint8Array | undefined>;

/**
 * Reads the output of `aws cloudtrail list-public-keys`.
 *
 * @throws UsageError if the file cannot be read or has another form
 */
export function readKeys(file: string, name: string): FindKey {
  let keys: Map<string, Uint8Array>;
  try {
    keys = toMap(JSON.parse(readFileSync(file, 'utf8')).PublicKeyList);
  } catch (error) {
    const isFileError = (error as NodeJS.ErrnoException).code !== undefined;
    const reason = isFileError ? describeError(error) : 'not the output of `aws cloudtrail list-public-keys`';
    throw new UsageError(`--keys ${name}: ${reason}`);
  }
  return async (_region, fingerprint) => keys.get(fingerprint);
}

interface ListedKey {
  readonly Fingerprint?: string;
  /** Base64 in a file, bytes from the SDK. */
  readonly Value?: string | Uint8Array;
}

function toMap(keys: readonly ListedKey[]): Map<string, Uint8Array> {
  return new Map(
    keys.map(({ Fingerprint, Value }) => {
      if (typeof Fingerprint !== 'string' || !Value) throw new Error('a key has no fingerprint or value');
      return [Fingerprint, typeof Value === 'string' ? Buffer.from(Value, 'base64') : Value];
    }),
  );
}

/**
 * Asks CloudTrail for the keys of each region: those of the range, and once more for a digest that was signed at another
 * time, like a backfill digest.
 */
export function listKeys(range: Span, stop: AbortSignal): FindKey {
  const lists = new Map<string, Promise<Map<string, Uint8Array>>>();
  function keysOf(region: string, startMs: number, endMs: number) {
    const name = `${region} ${startMs}`;
    const known = lists.get(name) ?? fetchKeys(region, startMs, endMs, stop);
    lists.set(name, known);
    return known;
  }
  return async (region, fingerprint, signedMs) => {
    // Digests that end after the range are read as well.
    const keys = await keysOf(region, range.startMs - HOUR_MS, range.endMs + 2 * HOUR_MS);
    if (keys.has(fingerprint)) return keys.get(fingerprint);
    const hourMs = Math.floor(signedMs / HOUR_MS) * HOUR_MS;
    return (await keysOf(region, hourMs - HOUR_MS, hourMs + 2 * HOUR_MS)).get(fingerprint);
  };
}

async function fetchKeys(region: string, startMs: number, endMs: number, stop: AbortSignal) {
  const client = new CloudTrailClient({ ...CLIENT_OPTIONS, region });
  const keys: ListedKey[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const input = { StartTime: new Date(startMs), EndTime: new Date(endMs), NextToken };
      const page = await client.send(new ListPublicKeysCommand(input), { abortSignal: stop });
      keys.push(...(page.PublicKeyList ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  } catch (error) {
    const call = { name: 'CloudTrail ListPublicKeys', action: 'cloudtrail:ListPublicKeys' };
    throw explainError({ ...call, target: `CloudTrail in ${region}` }, error);
  } finally {
    client.destroy();
  }
  return toMap(keys);
}
