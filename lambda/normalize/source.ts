import { isIP } from 'node:net';
import { parse } from 'tldts';
import type { Source } from './event.ts';
import { RecentCache } from './recent-cache.ts';

/**
 * `source.*` out of `sourceIPAddress`: an address, a host name, or nothing at all.
 *
 * The text itself is never changed; `AWS Internal`, `00.000.000.00` or anything else that is neither gives
 * `undefined`, and so does an IPv6 address with a zone: `ip` fields of search engines refuse it.
 */
export function parseSource(sourceIPAddress: string): Source | undefined {
  const known = sources.get(sourceIPAddress);
  if (known) return known.source;
  const source = readSource(sourceIPAddress);
  if (sourceIPAddress.length <= MAX_KEPT_LENGTH) sources.set(sourceIPAddress, { source });
  return source;
}

/** A caller makes several calls in a row: most answers are known. An address or a host name is no longer. */
const sources = new RecentCache<string, { source: Source | undefined }>(1_000);
const MAX_KEPT_LENGTH = 253;

function readSource(sourceIPAddress: string): Source | undefined {
  if (isIP(sourceIPAddress) !== 0 && !sourceIPAddress.includes('%')) {
    return { address: sourceIPAddress, ip: sourceIPAddress };
  }
  if (!HOST_NAME.test(sourceIPAddress) || FOUR_NUMBERS.test(sourceIPAddress)) return undefined;
  return splitHost(sourceIPAddress);
}

/** Labels of 1 to 63 letters, digits and hyphens that do not start with a hyphen; one closing dot at most. */
const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*\.?$/;
const FOUR_NUMBERS = /^\d{1,3}(?:\.\d{1,3}){3}\.?$/;

/**
 * Splits by the ICANN part of the Public Suffix List alone (`s3.amazonaws.com` is not a suffix). Without a
 * known suffix all but the last label is `subdomain`: so Sekoia's own samples have it for `aws.internal`.
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

// `isIcann` is what tells a known suffix from an unknown one; the smaller `tldts-icann` does not have it.
const TLDTS_OPTIONS = {
  allowPrivateDomains: false,
  detectIp: false,
  extractHostname: false,
  validateHostname: false,
};

function lastOf(labels: string[], count: number): string | undefined {
  return count === 0 ? undefined : labels.slice(-count).join('.');
}
