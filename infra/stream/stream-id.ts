import type { Packing } from '../../lambda/contract.ts';
import { choosePacking } from '../settings/packing.ts';
import type { Destination } from '../settings/settings.ts';

/**
 * Returns the construct ID of the stream for a destination and packing. Each pair has its own stream, because
 * CloudFormation would change one stream in place, before the function: for a while, records of the old packing
 * would reach the new destination, which cannot read them. The default pair keeps the ID of version 0.1.0.
 */
export function streamId(destination: Destination, packing: Packing): string {
  if (destination === 's3' && packing === choosePacking('s3')) return 'Stream';
  return `${capitalize(destination)}${capitalize(packing)}Stream`;
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
