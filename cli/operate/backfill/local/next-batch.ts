import type { LogObjectRef } from '../../../../lambda/trigger/log-object-ref.ts';
import { selectKey } from '../select-objects.ts';
import type { BatchRun } from './batch-run.ts';
import type { Source } from './local-source.ts';

/**
 * Objects that are in flight together, and repeat after a crash. They share the calls to Firehose: 100 small objects
 * fill about one call with gzip, and four with lines.
 */
export const MAX_BATCH_OBJECTS = 100;
const MAX_BATCH_BYTES = 64 * 1024 * 1024;

/** Names of archived objects to keep. */
const MAX_ARCHIVED_NAMES = 20;

export interface Batch {
  readonly refs: LogObjectRef[];
  /** Stored bytes by key. */
  readonly bytes: Map<string, number>;
  readonly after: string;
  readonly isListed: boolean;
}

/** Takes pending objects first, then lists. Changes nothing in the state but the counts of what is not read. */
export async function nextBatch({ source, selection, state }: BatchRun, listed: ReturnType<Source['list']>) {
  const refs = state.pending.slice(0, MAX_BATCH_OBJECTS);
  const bytes = new Map<string, number>();
  let { after, isListed } = state;
  let total = 0;
  while (!isListed && refs.length < MAX_BATCH_OBJECTS && total < MAX_BATCH_BYTES) {
    const { value: found, done = false } = await listed.next();
    isListed = done;
    if (!found) break;
    after = found.key;
    const selected = selectKey(found.key, selection);
    if (selected === 'undated') state.counts.undated++;
    if (selected !== 'selected') continue;
    if (found.isArchived) {
      state.counts.archived++;
      if (state.archived.length < MAX_ARCHIVED_NAMES) state.archived.push(found.key);
      continue;
    }
    refs.push({ bucket: source.bucket, key: found.key, nextRecord: 0, attempt: 0 });
    bytes.set(found.key, found.bytes);
    total += found.bytes;
  }
  return { refs, bytes, after, isListed } satisfies Batch;
}
