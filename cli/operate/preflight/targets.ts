import type { Packing } from '../../../lambda/contract.ts';
import type { Kind } from '../../../lambda/trigger/trail-kinds.ts';

export const TRIGGERS = ['queue', 'direct', 'sns', 'eventbridge'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** What is checked: the resources of a stack, or what a stack would use. */
export interface Targets {
  readonly region: string;
  readonly bucket: string;
  /** Name or ARN. Without one, the trail that writes to the bucket. */
  readonly trail: string | undefined;
  /** Up to the accounts, with a trailing slash: `my-prefix/AWSLogs/`. @default - from the trail */
  readonly root: string | undefined;
  /** Empty before a deployment that creates the streams. */
  readonly streams: readonly string[];
  /** How the function is notified. @default - any way that the stack has */
  readonly trigger: Trigger | undefined;
  readonly packing: Packing;
  /** Kinds that the function reads. @default - all */
  readonly kinds: readonly Kind[] | undefined;
  readonly giveUpAfterHours: number;
  /** Invocations that the work queue may start. */
  readonly maxConcurrency: number;
  /** What exists after a deployment; `undefined` before. */
  readonly deployed:
    | { readonly functionName: string; readonly workQueueArn: string; readonly role: string | undefined }
    | undefined;
}
