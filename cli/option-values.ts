import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError unless the text is a number above 0 */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** @throws InvalidArgumentError unless the text is a whole number from 0 to 2^32 - 1 */
export function seed(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
}
