import type { Selection } from '../../lambda/select/select-event.ts';
import { UsageError } from '../endings.ts';
import { chooseProfileOf, type ProfileOptions } from '../profile-options.ts';
import { readSelection, type SelectionOptions } from '../selection-options.ts';

/** Options that decide what an event looks like. They can be sent to another thread. */
export interface EventOptions extends ProfileOptions, SelectionOptions {
  pretty?: boolean;
}

/** What turns a record into text. */
export interface EventMaker {
  readonly selection: Selection;
  /** Spaces of indentation. @default - one line */
  readonly indent: number | undefined;
}

/** @throws UsageError for options that exclude each other, and for a file that is missing or wrong */
export function createEventMaker(options: EventOptions): EventMaker {
  const { pretty = false, profile } = options;
  if (pretty && profile === 'raw')
    throw new UsageError('--pretty would change the text that --profile raw prints. Remove one of them.');
  const { normalize } = chooseProfileOf(options);
  return { selection: { ...readSelection(options), normalize }, indent: pretty ? 2 : undefined };
}
