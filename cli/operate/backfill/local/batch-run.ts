import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../../../lambda/clock.ts';
import type { Pacer } from '../../../../lambda/deliver/pacer.ts';
import type { DeliveryError } from '../../../../lambda/pipeline.ts';
import type { Redactor } from '../../../../lambda/select/redactor.ts';
import type { Settings } from '../../../../lambda/settings.ts';
import type { Selection } from '../select-objects.ts';
import type { Source } from './local-source.ts';
import type { RunState } from './state-file.ts';

/** A backfill that this process delivers. */
export interface BatchRun {
  readonly source: Source;
  readonly selection: Selection;
  readonly s3: S3Client;
  readonly firehose: FirehoseClient;
  /** Turns an error of the stream into one line with its cause and what to do. */
  explainDelivery(delivery: DeliveryError): Error;
  readonly settings: Settings;
  /** Returns what replaces secrets. @default - nothing is replaced */
  readonly openRedactor: (() => Promise<Redactor>) | undefined;
  /** Limits what is sent to Firehose, by stream and over all batches. */
  readonly pacers: ReadonlyMap<string, Pacer> | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly stop: AbortSignal;
  readonly state: RunState;
  /** Makes the state durable. Called after each batch. */
  save(): void;
  onProgress(): void;
  /** Tells about a wait or a retry, in one line. */
  note(line: string): void;
}
