import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Clock, withTimeout } from '../clock.ts';
import { CLAIM_FOLDER } from '../contract.ts';
import type { Claim } from '../trigger/notification.ts';
import type { WorkItem } from '../trigger/parse-event.ts';

/**
 * Prevents a lost answer of SQS from multiplying work. If SQS accepts a SendMessage but its answer is lost,
 * the sender's message is redelivered, and its work requeued a second time. The work on a large object would
 * double at each stage. So the *receiver* of a resume message claims it: it writes the id of the resume under
 * the id of the message that was requeued, unless that claim exists.
 *
 *   message M ──▶ resume R1 (answer lost)     claims/M = R1   received first: processed, even if redelivered
 *             └─▶ resume R2 (M redelivered)   claims/M ≠ R2   acknowledged unread: R1 has the rest of M
 *
 * M itself is acknowledged unread if it is redelivered after one of its resumes has claimed. A sender never
 * acknowledges on its own claim. The cursors of a backfill use the same claims, see `backfill/`. Without a store, or if
 * it fails, processing continues: work may be repeated.
 */
export class Claims {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;

  constructor(s3: S3Client, bucket: string, clock: Clock) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Marks the items that another message has taken over, except cursors. Never throws. */
  async mark(items: WorkItem[]): Promise<void> {
    await Promise.all(
      items.map(async (item) => {
        const { notification, messageId } = item;
        if (notification?.cursor) return;
        if (await this.hasOther(item, notification?.claim, messageId)) item.isSuperseded = true;
      }),
    );
  }

  /**
   * Whether another message has the work of an item, or its rest. Never throws.
   *
   * @param claim     claim of the item's message; `undefined` if it has none
   * @param successor parent in the claim of the rest
   */
  async hasOther(
    { receives = 1 }: WorkItem,
    claim: Claim | undefined,
    successor: string | undefined,
  ): Promise<boolean> {
    if (claim !== undefined && (await this.#isClaimedByOther(claim))) return true;
    return successor !== undefined && receives > 1 && (await this.#read(successor)) !== undefined;
  }

  /** Whether another resume message has the claim. */
  async #isClaimedByOther({ parent, handOver }: Claim): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.#place(parent), Body: handOver, IfNoneMatch: '*' });
    try {
      await withTimeout(this.#clock, STORE_TIMEOUT_MS, (abortSignal) =>
        this.#s3.send(command, { abortSignal }),
      );
      return false;
    } catch {
      // 412, 409, or a failing store: the stored claim decides. Without one, processing continues.
      const holder = await this.#read(parent);
      return holder !== undefined && holder !== handOver;
    }
  }

  async #read(parent: string): Promise<string | undefined> {
    const command = new GetObjectCommand(this.#place(parent));
    try {
      return await withTimeout(this.#clock, STORE_TIMEOUT_MS, async (abortSignal) => {
        const { Body } = await this.#s3.send(command, { abortSignal });
        return Body?.transformToString();
      });
    } catch {
      return undefined;
    }
  }

  #place(parent: string) {
    return { Bucket: this.#bucket, Key: `${CLAIM_FOLDER}${encodeURIComponent(parent)}` };
  }
}

/** S3 answers within a fraction of a second. After this time, the store counts as failing. */
const STORE_TIMEOUT_MS = 5_000;
