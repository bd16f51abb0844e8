import { InvalidArgumentError } from 'commander';
import { MAX_STREAMS } from '../lambda/deliver/limits.ts';

/** @throws InvalidArgumentError unless the text is a number above 0 */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/**
 * The timeout of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 *
 * @throws InvalidArgumentError unless the text is a number from 1 to 900
 */
export function timeoutSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 1 && value <= 900) return value;
  throw new InvalidArgumentError('Expected seconds from 1 to 900.');
}

/** @throws InvalidArgumentError for an empty text, as of an unset variable */
export function folderName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected the name of a folder.');
}

/** @throws InvalidArgumentError unless the text is a whole number from 0 to 2^32 - 1 */
export function seed(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
}

/** @throws InvalidArgumentError unless the text is a whole number from 1 to 32 */
export function streamCount(text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_STREAMS) return Number(text);
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MAX_STREAMS}.`);
}

/** @throws InvalidArgumentError unless the text is a whole number from 1 to 256 */
export function jobCount(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 256) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1 to 256.');
}
