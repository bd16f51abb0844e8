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
  /** Client to send with; `undefined` for the caller's own Firehose. */
  readonly firehose: FirehoseClient | undefined;
  /** Makes what was accepted durable. */
  flush(): void;
  /** @param stream the one that refused, if there are several */
  explain(error: Error, stream?: string): Error;
  close(): Promise<void>;
}

/** Names the streams in messages and in the state file. */
export function nameStreams(names: readonly string[]): string {
  return `${names.length > 1 ? 'streams' : 'stream'} ${names.join(', ')}`;
}

/**
 * Opens streams of Firehose. Their errors become one line with the missing permission.
 *
 * @throws CouldNotTellError without credentials or a Region
 */
export async function openStreams(names: readonly string[]): Promise<Destination> {
  const callTo = (target: string) => ({
    ...{ name: 'Firehose PutRecordBatch', action: 'firehose:PutRecordBatch' },
    ...{ target, regionOf: 'stream' },
  });
  const client = new FirehoseClient({});
  let region: string;
  try {
    region = await client.config.region();
    await client.config.credentials();
  } catch (error) {
    throw explainError(callTo(nameStreams(names)), error);
  } finally {
    client.destroy();
  }
  return {
    name: nameStreams(names),
    firehose: undefined,
    flush() {},
    explain(error, stream) {
      const call = callTo(stream === undefined ? nameStreams(names) : nameStreams([stream]));
      if (toCallError(call.name, error).code !== 'ResourceNotFoundException')
        return explainError(call, error);
      return new CouldNotTellError(
        `${call.target} does not exist in ${region}. Check --stream and AWS_REGION.`,
      );
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
