import { isIP } from 'node:net';
import { parse } from 'tldts';
import type { Source } from './event.ts';
import { RecentCache } from './recent-cache.ts';

/**
 * Parses `sourceIPAddress` into `source.*`, without changing the text.
 *
 * @returns `undefined` if it is neither an IP address nor a host name (`AWS Internal`, `00.000.000.00`), or
 *   if it is an IPv6 address with a zone, which search engines reject in `ip` fields
 */
export function parseSource(sourceIPAddress: string): Source | undefined {
  const known = sources.get(sourceIPAddress);
  if (known) return known.source;
  const source = readSource(sourceIPAddress);
  if (sourceIPAddress.length <= MAX_KEPT_LENGTH) sources.set(sourceIPAddress, { source });
  return source;
}

/** One caller usually makes several consecutive calls, so most look-ups hit. */
const sources = new RecentCache<string, { source: Source | undefined }>(1_000);
/** No address or host name is longer. */
const MAX_KEPT_LENGTH = 253;

function readSource(sourceIPAddress: string): Source | undefined {
  if (isIP(sourceIPAddress) !== 0 && !sourceIPAddress.includes('%')) {
    return { address: sourceIPAddress, ip: sourceIPAddress };
  }
  if (!HOST_NAME.test(sourceIPAddress) || FOUR_NUMBERS.test(sourceIPAddress)) return undefined;
  if (sourceIPAddress === REDACTED) return undefined;
  return splitHost(sourceIPAddress);
}

/** Labels of 1 to 63 letters, digits and hyphens, none starting with a hyphen; an optional trailing dot. */
const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*\.?$/;
const FOUR_NUMBERS = /^\d{1,3}(?:\.\d{1,3}){3}\.?$/;

/** Mark of redaction without a key. With a key, its colon keeps it from being a host name. */
const REDACTED = 'redacted';

/**
 * Splits by the ICANN section of the Public Suffix List only, so `s3.amazonaws.com` is not a suffix. If the
 * suffix is unknown, `subdomain` is all but the last label, as in Sekoia's samples for `aws.internal`.
 */
function splitHost(address: string): Source {
  const host = address.endsWith('.') ? address.slice(0, -1) : address;
  const labels = host.split('.');
  const { publicSuffix, isIcann } = parse(host.toLowerCase(), TLDTS_OPTIONS);
  const suffixLabels = isIcann && publicSuffix ? publicSuffix.split('.').length : 0;
  const registeredLabels = suffixLabels > 0 && labels.length > suffixLabels ? suffixLabels + 1 : 0;
  const lastLabels = Math.max(suffixLabels, registeredLabels, 1);
  return {
    address,
    domain: address,
    registered_domain: lastOf(labels, registeredLabels),
    subdomain: labels.slice(0, -lastLabels).join('.') || undefined,
    top_level_domain: lastOf(labels, suffixLabels),
  };
}

// `isIcann` distinguishes a known suffix from an unknown one. The smaller `tldts-icann` lacks it.
const TLDTS_OPTIONS = {
  allowPrivateDomains: false,
  detectIp: false,
  extractHostname: false,
  validateHostname: false,
};

function lastOf(labels: string[], count: number): string | undefined {
  return count === 0 ? undefined : labels.slice(-count).join('.');
}
