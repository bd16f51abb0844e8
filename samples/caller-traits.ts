import type { SessionPlace } from './caller.ts';
import type { SessionAttributes } from './identities.ts';
import type { Random } from './random.ts';

export const tls13 = { version: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' };
export const tls12 = { version: 'TLSv1.2', cipherSuite: 'ECDHE-RSA-AES128-GCM-SHA256' };

export function sessionStart(
  random: Random,
  place: SessionPlace,
  mfaAuthenticated: boolean,
): SessionAttributes {
  const begun = new Date(place.time.getTime() - random.int(1, 240) * 15_000);
  return { creationDate: `${begun.toISOString().slice(0, 19)}Z`, mfaAuthenticated };
}

/** Returns an address from the documentation ranges of RFC 5737 and RFC 3849. */
export function publicAddress(random: Random): string {
  if (random.chance(0.12)) return `2001:db8:${random.hex(4)}:${random.hex(3)}::${random.hex(2)}`;
  return `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.int(1, 254)}`;
}
