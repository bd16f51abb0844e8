import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Clock, withTimeout } from '../clock.ts';
import { CLAIM_FOLDER } from '../contract.ts';
import type { Claim } from '../trigger/notification.ts';
import type { WorkItem } from '../trigger/parse-event.ts';

/**
 * Keeps a lost answer of SQS from multiplying work. When SendMessage is accepted and its answer is lost, the sender's
 * message is redelivered and hands its work over once more: each stage of a large object would double. So the *receiver*
 * of a resume message claims it, by writing the id of its hand-over under the id of the message that was handed over,
 * unless something is there already:
 *
 *   message M ──▶ resume R1 (answer lost)   claims/M = R1   first to be received: goes on, however often it comes again
 *             └─▶ resume R2 (M once more)   claims/M ≠ R2   acknowledged unread: R1 has all that M left undone
 *
 * M itself is acknowledged unread when it is redelivered after one of its resumes has claimed. A sender never
 * acknowledges on its own claim. Without the store, or when it fails, work goes on and may be done twice.
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

  /** Marks the items of which nothing is left to do. Never throws. */
  async mark(items: WorkItem[]): Promise<void> {
    await Promise.all(
      items.map(async (item) => {
        const { notification, messageId, receives = 1 } = item;
        const claim = notification?.claim;
        const isTaken =
          (claim !== undefined && (await this.#isTaken(claim))) ||
          (messageId !== undefined && receives > 1 && (await this.#read(messageId)) !== undefined);
        if (isTaken) item.isSuperseded = true;
      }),
    );
  }

  /** Whether another hand-over has the claim. */
  async #isTaken({ parent, handOver }: Claim): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.#place(parent), Body: handOver, IfNoneMatch: '*' });
    try {
      await withTimeout(this.#clock, STORE_TIMEOUT_MS, (abortSignal) =>
        this.#s3.send(command, { abortSignal }),
      );
      return false;
    } catch {
      // 412 or 409, or the store fails: what it holds decides, and if it does not answer the work goes on.
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

/** S3 answers within a fraction of a second; a store that does not is not waited for. */
const STORE_TIMEOUT_MS = 5_000;
