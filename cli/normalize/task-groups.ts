import type { Input } from '../input.ts';
import { isLarge, totalOf } from './choose-jobs.ts';
import type { LogFile } from './normalize-file.ts';

/** An input, and what of it to read. */
export interface Task extends LogFile {
  readonly input: Input;
}

/** Tasks that one thread does one after the other. */
export interface TaskGroup {
  readonly tasks: readonly Task[];
  /** Position of the first one among all tasks. */
  readonly first: number;
  /**
   * Who reads the files:
   *
   * - one of the threads
   * - the main thread, and all threads normalize its records
   * - the main thread alone, for example a pipe, which another thread cannot open
   */
  readonly place: 'one thread' | 'all threads' | 'main thread';
}

/** Stored bytes of a group: about 7 MB of events. Other threads' events wait in memory while it has its turn. */
const MAX_GROUP_BYTES = 256 * 1024;

/** Groups for each thread, so that none is idle for long at the end. */
const MIN_GROUPS = 8;

/** Groups the tasks in order: a message for each of thousands of small files would cost as much as their records. */
export function groupTasks(tasks: readonly Task[], jobs: number): TaskGroup[] {
  const totalBytes = totalOf(tasks.map(({ input }) => input));
  const maxBytes = Math.min(MAX_GROUP_BYTES, totalBytes / (jobs * MIN_GROUPS));
  const groups: (TaskGroup & { tasks: Task[]; bytes: number })[] = [];
  for (const [first, task] of tasks.entries()) {
    const { bytes = 0 } = task.input;
    const place = placeOf(task.input, jobs, totalBytes);
    const last = groups.at(-1);
    if (last && place === 'one thread' && last.place === place && last.bytes + bytes <= maxBytes) {
      last.tasks.push(task);
      last.bytes += bytes;
    } else groups.push({ tasks: [task], first, place, bytes });
  }
  return groups;
}

function placeOf(input: Input, jobs: number, totalBytes: number): TaskGroup['place'] {
  if (jobs === 1 || (input.path ?? input.s3Object) === undefined || input.bytes === undefined)
    return 'main thread';
  return isLarge(input, jobs, totalBytes) ? 'all threads' : 'one thread';
}
