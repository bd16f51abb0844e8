import { FirehoseClient } from '@aws-sdk/client-firehose';
import { toCallError } from '../../../../lambda/aws/call-error.ts';
import type { Packing } from '../../../../lambda/contract.ts';
import { startFirehose } from '../../../../local/firehose/endpoint.ts';
import { CouldNotTellError } from '../../../endings.ts';
import { EventOutput } from '../../../event-output.ts';
import { callersFolder } from '../../../package.ts';
import { explainError } from '../../explain-error.ts';

/** Where the events go. */
export interface Destination {
  /** As in messages: `stream NAME`, or the path of the file. */
  readonly name: string;
  /** Name of the stream for PutRecordBatch. */
  readonly stream: string;
  /** Client to send with; `undefined` for the caller's own Firehose. */
  readonly firehose: FirehoseClient | undefined;
  /** Makes what was accepted durable. */
  flush(): void;
  explain(error: Error): Error;
  close(): Promise<void>;
}

/**
 * Opens a stream of Firehose. Its errors become one line with the missing permission.
 *
 * @throws CouldNotTellError without credentials or a Region
 */
export async function openStream(stream: string): Promise<Destination> {
  const target = `stream ${stream}`;
  const call = {
    ...{ name: 'Firehose PutRecordBatch', action: 'firehose:PutRecordBatch' },
    ...{ target, regionOf: 'stream' },
  };
  const client = new FirehoseClient({});
  let region: string;
  try {
    region = await client.config.region();
    await client.config.credentials();
  } catch (error) {
    throw explainError(call, error);
  } finally {
    client.destroy();
  }
  return {
    name: target,
    stream,
    firehose: undefined,
    flush() {},
    explain(error) {
      if (toCallError(call.name, error).code !== 'ResourceNotFoundException')
        return explainError(call, error);
      return new CouldNotTellError(`${target} does not exist in ${region}. Check --stream and AWS_REGION.`);
    },
    close: async () => {},
  };
}

const LOCAL_STREAM = 'local';

/**
 * Opens `events.ndjson` in a folder, behind a stream on loopback. Appends to the events of the run that it resumes.
 *
 * @throws Error if the folder cannot be written to, or another run is writing to it
 */
export async function openFile(folder: string, packing: Packing, isResumed: boolean): Promise<Destination> {
  let failure: Error | undefined;
  const output = await EventOutput.open(folder, callersFolder(), {
    packing,
    findDuplicates: false,
    waitForLock: isResumed,
    onError: (error) => {
      failure = error;
    },
  });
  if (isResumed) output.resume();
  else {
    if (output.replacesEarlier) console.error(`replacing ${output.name} of an earlier run`);
    output.start();
  }
  const endpoint = await startFirehose({
    streams: [LOCAL_STREAM],
    keepRecords: false,
    onRecord: (_, data) => output.write(data),
    // Nothing is accepted that could not be written.
    fault: () => (failure ? { kind: 'badRequest' } : undefined),
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const firehose = new FirehoseClient({
    ...{ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 },
  });
  return {
    name: output.name,
    stream: LOCAL_STREAM,
    firehose,
    flush() {
      // Before the state says that these events are delivered.
      output.flush();
      if (failure) throw failure;
    },
    explain: (error) => failure ?? error,
    async close() {
      firehose.destroy();
      await endpoint.close();
      await output.close();
    },
  };
}
