import { escapeControls } from '../../../lambda/aws/escape-controls.ts';
import { formatBytes, formatCount, formatNumber } from '../../format.ts';
import { renderTable } from '../../table.ts';
import { doneKey, type ErrorFolder } from './error-folder.ts';
import type { ErrorContent, ErrorCounts } from './error-object.ts';

/** What becomes of an object. One that is `malformed` or `unreadable` stays, and none of its records is sent. */
export type Fate = 'would send' | 'moved' | 'not moved' | 'not sent' | 'malformed' | 'unreadable';

export interface ReplayedObject extends ErrorContent {
  readonly key: string;
  readonly fate: Fate;
  /** Why it was not sent, or was sent but not moved. */
  readonly failure?: string | undefined;
}

/** The result of a run. */
export interface ErrorReplay extends ErrorFolder {
  readonly stream: string;
  readonly isSending: boolean;
  /** Those that the run came to. */
  readonly objects: readonly ReplayedObject[];
  /** Objects below the prefix. */
  readonly listed: number;
}

/** Whether an object stays that should not. */
export function isFailed({ objects }: ErrorReplay): boolean {
  return objects.some(({ fate }) => fate !== 'moved' && fate !== 'would send');
}

/** Renders the result as JSON. Its members are documented in docs/operate.md. */
export function renderJson(replay: ErrorReplay): string {
  const { bucket, prefix, stream, isSending, objects, listed } = replay;
  const result = {
    ...{ bucket, prefix, stream, dryRun: !isSending, complete: objects.length === listed },
    errorCodes: [...sumByCode(objects)].map(([errorCode, sum]) => ({ errorCode, ...sum })),
    objects: objects.map(({ key, counts, malformed, malformedLines, fate, failure }) => ({
      ...{ key, result: fate, detail: failure ?? null, ...totalOf(counts) },
      movedTo: fate === 'moved' ? doneKey(key) : null,
      ...{ malformedLines, malformed },
    })),
  };
  return JSON.stringify(result, undefined, 2);
}

/** Renders the records by error code, then a line for each object that stays, and each of its malformed lines. */
export function renderErrorReplay({ bucket, objects }: ErrorReplay): string[] {
  const codes = [...sumByCode(objects)].map(([code, sum]) => [
    escapeControls(code),
    formatNumber(sum.objects),
    formatNumber(sum.records),
    formatBytes(sum.bytes),
  ]);
  const stays = objects.flatMap((object) =>
    reasonsOf(object).map((reason) => [nameOf(bucket, object), reason]),
  );
  return [
    ...(codes.length > 0 ? [...renderTable(['error code', 'objects', 'records', 'bytes'], codes), ''] : []),
    ...(stays.length > 0 ? [...renderTable(['object', 'why it stays'], stays), ''] : []),
  ];
}

function nameOf(bucket: string, { key }: ReplayedObject): string {
  return escapeControls(`s3://${bucket}/${key}`);
}

function reasonsOf({ fate, failure, malformed, malformedLines }: ReplayedObject): string[] {
  if (fate === 'moved' || fate === 'would send') return [];
  if (fate !== 'malformed') return [fate === 'not moved' ? `sent, not moved: ${failure}` : `${failure}`];
  const more = malformedLines - malformed.length;
  const lines = malformed.map(({ line, reason }) => `line ${formatNumber(line)}: ${reason}`);
  return more > 0 ? [...lines, `${formatCount(more, 'more malformed line')}`] : lines;
}

/** Renders the last lines: the number of objects by result, and how to continue. */
export function renderSummary(replay: ErrorReplay): string[] {
  const { bucket, prefix, stream, isSending, objects, listed } = replay;
  if (listed === 0) return [`✔ no objects in s3://${bucket}/${prefix}`];
  const counts = FATES.flatMap((fate) => {
    const count = objects.filter((object) => object.fate === fate).length;
    return count === 0 ? [] : [`${formatNumber(count)} ${fate}`];
  });
  const left = listed - objects.length;
  if (left > 0) counts.push(`${formatNumber(left)} not started`);
  const canSend = !isSending && objects.some(({ fate }) => fate === 'would send');
  const advice = canSend ? ` To send their records to ${stream}, add --yes.` : '';
  const sign = isFailed(replay) || left > 0 ? '✖' : '✔';
  return [
    `${sign} ${formatCount(listed, 'object')}: ${counts.join(', ')}.${advice}`,
    ...(isSending && (left > 0 || objects.some(({ fate }) => fate === 'not sent'))
      ? ['note: run the same command again. It continues with the objects that are left.']
      : []),
  ];
}

const FATES: readonly Fate[] = ['moved', 'would send', 'not moved', 'not sent', 'malformed', 'unreadable'];

function sumByCode(objects: readonly ReplayedObject[]) {
  const sums = new Map<string, { objects: number; records: number; bytes: number }>();
  for (const { counts } of objects) {
    for (const [code, { records, bytes }] of counts) {
      const sum = sums.get(code) ?? { objects: 0, records: 0, bytes: 0 };
      sums.set(code, {
        objects: sum.objects + 1,
        records: sum.records + records,
        bytes: sum.bytes + bytes,
      });
    }
  }
  return sums;
}

function totalOf(counts: ErrorCounts): { records: number; bytes: number } {
  const all = [...counts.values()];
  return {
    records: all.reduce((sum, { records }) => sum + records, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
