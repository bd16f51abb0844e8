import { escapeControls } from '../lambda/aws/escape-controls.ts';
import type { Input } from './input.ts';

export interface ResolvedInputs {
  inputs: Input[];
  /** Names that could not be resolved, and why. */
  errors: { name: string; error: Error }[];
  /** Files named twice, files that a folder's reader skips. Each is one line for the reader. */
  notes: string[];
}

/** Reads one file of several. If it cannot be read, that is an error of its own, and the others are still read. */
export async function orError(
  name: string,
  { errors }: ResolvedInputs,
  read: () => Promise<Input>,
): Promise<Input | undefined> {
  try {
    return await read();
  } catch (error) {
    errors.push({ name: escapeControls(name), error: error as Error });
    return undefined;
  }
}
