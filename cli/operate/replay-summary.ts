import { escapeControls } from '../../lambda/aws/escape-controls.ts';
import { nameObject } from '../../lambda/trigger/log-object-ref.ts';
import { describeRemaining, remainingOf } from '../../lambda/trigger/remaining-records.ts';
import { formatCount, formatNumber } from '../format.ts';
import { renderTable } from '../table.ts';
import type { Queues } from './find-queues.ts';
import type { DeadLetter } from './read-dead-letter.ts';

/** What becomes of a message. An unknown one `stays`, because the function cannot read it. */
export type Fate = 'would move' | 'moved' | 'not moved' | 'no match' | 'stays';

export interface ReplayedLetter extends DeadLetter {
  fate: Fate;
  /** Why it was not moved. */
  failure?: string | undefined;
}

/** The result of a run. */
export interface Replay {
  readonly queues: Queues;
  readonly isMoving: boolean;
  readonly letters: readonly ReplayedLetter[];
  readonly isComplete: boolean;
  readonly heldElsewhere: number;
}

/** Whether a message stays that should not. */
export function isFailed({ letters }: Replay): boolean {
  return letters.some(({ fate }) => fate === 'not moved' || fate === 'stays');
}

/** Renders the result as JSON. Its members are documented in docs/operate.md. */
export function renderJson({ queues, isMoving, letters, isComplete, heldElsewhere }: Replay): string {
  const result = {
    deadLetterQueue: queues.deadLetter,
    workQueue: queues.work,
    dryRun: !isMoving,
    complete: isComplete,
    heldElsewhere,
    messages: letters.map(({ message, kind, objects, reason, fate, failure }) => ({
      messageId: message.MessageId ?? null,
      kind,
      result: fate,
      detail: failure ?? reason ?? null,
      sent: sentAtOf(message.Attributes?.SentTimestamp),
      objects: objects.map(({ bucket, key, versionId, ...ref }) => ({
        ...{ bucket, key, versionId: versionId ?? null, nextRecord: ref.nextRecord },
        remaining: describeRemaining(remainingOf(ref)),
      })),
    })),
  };
  return JSON.stringify(result, undefined, 2);
}

function sentAtOf(timestamp: string | undefined): string | null {
  return timestamp === undefined ? null : new Date(Number(timestamp)).toISOString();
}

/** Renders a row per message and object, in the order of the objects. */
export function renderReplay({ letters }: Replay): string[] {
  const rows = letters.flatMap(rowsOf).sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0));
  return [...renderTable(['object', 'record', 'message', 'result'], rows), ''];
}

function rowsOf({ message, kind, objects, reason, fate, failure = fate }: ReplayedLetter): string[][] {
  if (objects.length > 0)
    return objects.map((ref) => [nameObject(ref), formatNumber(ref.nextRecord), kind, failure]);
  const name = `message ${message.MessageId}`;
  return [[reason === undefined ? name : escapeControls(`${name}: ${reason}`), '', kind, failure]];
}

/** Renders the last lines: notes, and the number of messages by result. */
export function renderSummary(replay: Replay): string[] {
  const { isMoving, letters, isComplete, heldElsewhere } = replay;
  const notes = [
    ...(heldElsewhere > 0 ? [`${formatCount(heldElsewhere, 'message')} held by another reader`] : []),
    ...(isComplete ? [] : ['the queue keeps filling: run the command again for the rest']),
  ].map((note) => `note: ${note}`);
  if (letters.length === 0) return [...notes, '✔ no messages in the dead-letter queue'];
  const counts = FATES.flatMap((fate) => {
    const count = letters.filter((letter) => letter.fate === fate).length;
    return count === 0 ? [] : [`${formatNumber(count)} ${fate === 'stays' ? 'unknown' : fate}`];
  });
  const canMove = !isMoving && letters.some(({ fate }) => fate === 'would move');
  const advice = canMove ? '. To move them, add --yes.' : '';
  const sign = isFailed(replay) ? '✖' : '✔';
  return [...notes, `${sign} ${formatCount(letters.length, 'message')}: ${counts.join(', ')}${advice}`];
}

const FATES: readonly Fate[] = ['moved', 'would move', 'not moved', 'no match', 'stays'];
