import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Span } from '../../digest/spans.ts';
import { UsageError } from '../endings.ts';
import { callersFolder } from '../package.ts';
import type { ReceiptLocation } from './read-receipts.ts';

/** Options as Commander parses them. */
export interface VerifyOptions {
  from: number;
  to: number;
  stack: string;
  bucket?: string;
  prefix?: string;
  organization?: string;
  account?: string[];
  region?: string[];
  deep?: boolean;
  keys?: string;
  /** `false` for `--no-receipts`. */
  receipts?: ReceiptLocation | false;
  function?: string;
  enqueue?: boolean;
  workQueue?: string;
  yes?: boolean;
  json?: boolean;
}

const UTC_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/;

/**
 * @returns milliseconds since 1970
 * @throws InvalidArgumentError unless the text is a date or a time in UTC
 */
export function utcTime(text: string): number {
  const ms = UTC_TIME.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse turns February 30 into March 2.
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text.slice(0, 10))) return ms;
  throw new InvalidArgumentError('Expected a time in UTC: 2026-11-03T00:00:00Z.');
}

/**
 * Collects the values of an option that may be repeated.
 *
 * @throws InvalidArgumentError unless the text is an account ID
 */
export function accountId(text: string, earlier: string[] = []): string[] {
  if (/^\d{12}$/.test(text)) return [...earlier, text];
  throw new InvalidArgumentError('Expected an account ID of 12 digits.');
}

/**
 * Collects the values of an option that may be repeated.
 *
 * @throws InvalidArgumentError unless the text has the form of a Region
 */
export function regionName(text: string, earlier: string[] = []): string[] {
  if (/^[a-z]{2}(-[a-z]+)+-\d+$/.test(text)) return [...earlier, text];
  throw new InvalidArgumentError('Expected a Region: eu-west-3.');
}

/** @throws InvalidArgumentError unless the text is an organization ID */
export function organizationId(text: string): string {
  if (/^o-[a-z0-9]{10,32}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected an organization ID: o-a1b2c3d4e5.');
}

/** @throws InvalidArgumentError unless the text can be a bucket name */
export function bucketName(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the name of a bucket, without s3://.');
}

/** @throws UsageError if the range is empty */
export function rangeOf({ from, to }: Pick<VerifyOptions, 'from' | 'to'>): Span {
  if (from < to) return { startMs: from, endMs: to };
  throw new UsageError('--from must be before --to');
}

/**
 * Returns the folder of the accounts.
 *
 * @param found folder that the function reads
 */
export function rootOf(
  { prefix, organization }: Pick<VerifyOptions, 'prefix' | 'organization'>,
  found?: string | undefined,
): string {
  if (found !== undefined && prefix === undefined && organization === undefined) return found;
  const folders = [prefix?.replace(/\/+$/, ''), 'AWSLogs', organization].filter((name) => name);
  return `${folders.join('/')}/`;
}

/** @throws InvalidArgumentError unless the text is `s3://bucket/prefix` */
export function receiptLocation(text: string): ReceiptLocation {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(text) ?? [];
  if (bucket === undefined) throw new InvalidArgumentError('Expected s3://BUCKET/receipts/.');
  return { bucket, prefix: prefix.replace(/\/*$/, '/') };
}

/** Resolves a file name from the caller's folder. */
export function pathOf(name: string): string {
  return resolve(callersFolder(), name);
}
