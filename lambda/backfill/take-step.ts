import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { CallError, noAnswerError, toCallError } from '../aws/call-error.ts';
import { withTimeout } from '../clock.ts';
import { backOff } from '../settle/decide-item.ts';
import { type ResumeOptions, sendMessage, sendResume } from '../settle/send-resume.ts';
import type { LogObjectRef } from '../trigger/log-object-ref.ts';
import { isLogName } from '../trigger/trail-kinds.ts';
import { outOfScope, type TrailScope } from '../trigger/trail-scope.ts';
import { type BackfillCursor, formatCursor } from './cursor.ts';
import { isInRange } from './days.ts';
import { type ListedObject, listPage, type Page } from './list-page.ts';
import { countMessages } from './queue-depth.ts';

export interface StepOptions extends ResumeOptions {
  s3: S3Client;
  /** Objects to read. */
  scope: TrailScope;
}

/** Result of a step. */
export interface Step {
  /** The next cursor, which is on the queue. After the last step: the final sums. */
  cursor: BackfillCursor;
  /** `enqueued` a page; `waiting` for the queue; `refused` by a service; `done` with the walk. */
  state: 'enqueued' | 'waiting' | 'refused' | 'done';
  /** Keys of this step's archived objects. */
  archivedKeys: string[];
  /** Delay of the next cursor. */
  delaySeconds: number;
  /** Why a service refused. */
  error?: CallError | undefined;
}

/**
 * Messages beyond which no page is added. They hold up to 10,000 objects, about half a minute of work at the highest
 * quota of a stream, so the queue does not run empty while a cursor waits. The cursors count as well.
 */
export const MAX_QUEUED_MESSAGES = 100;

/** Objects of one message. */
export const OBJECTS_PER_MESSAGE = 100;

/** S3 and SQS answer well within a second. */
const CALL_TIMEOUT_MS = 30_000;

/**
 * Moves a cursor on: puts a page of objects on the queue, then the next cursor. The caller acknowledges its message
 * afterwards, so a crash repeats at most this page and skips none.
 *
 * A refusing service moves the cursor on to the last objects that were sent, and delays it.
 *
 * @throws CallError if the next cursor cannot be sent
 */
export async function takeStep(cursor: BackfillCursor, options: StepOptions): Promise<Step> {
  const step = await enqueuePage(cursor, options);
  if (step.state !== 'done') await sendMessage(options, formatCursor(step.cursor), step.delaySeconds);
  return step;
}

async function enqueuePage(cursor: BackfillCursor, options: StepOptions): Promise<Step> {
  const { s3, sqs, workQueueUrl, clock, random } = options;
  const next = {
    ...cursor,
    step: cursor.step + 1,
    handOver: randomUUID(),
    sentAt: clock.now(),
    waits: 0,
    refusals: 0,
    refusedSince: undefined,
  };
  const progress = new PageProgress(next, options);
  try {
    const depth = await timed(options, GET_ATTRIBUTES, (signal) => countMessages(sqs, workQueueUrl, signal));
    if (depth > MAX_QUEUED_MESSAGES) {
      const waits = cursor.waits + 1;
      const waiting = { ...next, waits };
      return { cursor: waiting, state: 'waiting', archivedKeys: [], delaySeconds: backOff(waits, random) };
    }
    const page = await timed(options, LIST, (signal) => listPage(s3, cursor, signal));
    await progress.send(page);
    const { archivedKeys } = progress;
    return {
      cursor: progress.cursor,
      state: page.next ? 'enqueued' : 'done',
      archivedKeys,
      delaySeconds: 0,
    };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const { hasProgress, archivedKeys } = progress;
    const refusals = (hasProgress ? 0 : cursor.refusals) + 1;
    const refusedSince = (hasProgress ? undefined : cursor.refusedSince) ?? clock.now();
    const refused = { ...progress.cursor, refusals, refusedSince };
    return {
      cursor: refused,
      state: 'refused',
      archivedKeys,
      delaySeconds: backOff(refusals, random),
      error,
    };
  }
}

const LIST = 'S3 ListObjectsV2';
const GET_ATTRIBUTES = 'SQS GetQueueAttributes';

/** Sends a page, and knows how far it got. */
class PageProgress {
  /** The cursor after the last objects that were sent. */
  cursor: BackfillCursor;
  readonly archivedKeys: string[] = [];
  hasProgress = false;
  readonly #options: StepOptions;
  #listed = 0;
  #archived: string[] = [];
  #refs: LogObjectRef[] = [];

  constructor(cursor: BackfillCursor, options: StepOptions) {
    this.cursor = cursor;
    this.#options = options;
  }

  /** @throws CallError */
  async send({ objects, next }: Page): Promise<void> {
    for (const object of objects) {
      this.#take(object);
      if (this.#refs.length === OBJECTS_PER_MESSAGE) await this.#flush(object.position);
    }
    await this.#flush(next ?? objects.at(-1)?.position ?? {});
    this.cursor = { ...this.cursor, page: this.cursor.page + 1 };
  }

  #take({ key, isArchived }: ListedObject): void {
    const { bucket } = this.cursor;
    this.#listed++;
    if (!isLogName(key) || outOfScope({ bucket, key }, this.#options.scope) || !isInRange(key, this.cursor))
      return;
    if (isArchived) this.#archived.push(key);
    else this.#refs.push({ bucket, key, nextRecord: 0, attempt: 0 });
  }

  async #flush(position: Partial<BackfillCursor>): Promise<void> {
    if (this.#refs.length > 0) await sendResume(this.#options, this.#refs, 0, undefined);
    const { cursor } = this;
    this.cursor = {
      ...cursor,
      ...position,
      listed: cursor.listed + this.#listed,
      enqueued: cursor.enqueued + this.#refs.length,
      archived: cursor.archived + this.#archived.length,
    };
    this.archivedKeys.push(...this.#archived);
    this.hasProgress = true;
    this.#listed = 0;
    this.#archived = [];
    this.#refs = [];
  }
}

/** @throws CallError, also if the call takes too long */
async function timed<T>(
  { clock, deadline }: StepOptions,
  name: string,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeoutMs = Math.min(CALL_TIMEOUT_MS, deadline.sendingMs());
  const signals: AbortSignal[] = [];
  try {
    return await withTimeout(clock, timeoutMs, (signal) => {
      signals.push(signal);
      return call(signal);
    });
  } catch (error) {
    if (signals.some(({ aborted }) => aborted)) throw noAnswerError(name, timeoutMs);
    throw toCallError(name, error);
  }
}
