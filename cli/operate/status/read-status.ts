import { type Answer, answered } from '../ask.ts';
import type { Finding } from '../finding.ts';
import type { StackOutputs } from '../stack-outputs.ts';
import { readAlarms } from './read-alarms.ts';
import { readBackfill } from './read-backfill.ts';
import { ageOf, askMetrics, deliveryOf, type Values } from './read-delivery.ts';
import { readLastDigest } from './read-digest.ts';
import { countDeadLetters, type Depth, type NamedQueue, readDepth } from './read-queues.ts';
import type { DeadLetterCount, QueueState, StatusReport } from './status-report.ts';

export interface Pipeline {
  /** Name of the stack, not its ARN. */
  readonly stack: string;
  readonly region: string;
  readonly outputs: StackOutputs;
}

/**
 * Reads the state of a pipeline, part by part. A part that cannot be read is in `unknown`.
 *
 * @param now milliseconds since 1970
 * @throws CouldNotTellError if nothing can be read: no credentials, no output
 */
export async function readStatus(
  { stack, region, outputs }: Pipeline,
  now: () => number,
  stop: AbortSignal,
): Promise<StatusReport> {
  const atMs = now();
  const queues = queuesOf(outputs);
  const functionName = outputs.get('FunctionName');
  const workQueueArn = outputs.get('WorkQueueArn');
  const place = {
    bucket: outputs.get('TrailBucket'),
    functionName,
    account: workQueueArn.split(':')[4] ?? '',
    region,
  };
  const [depths, metrics, alarms, digest, backfill] = await Promise.all([
    Promise.all(queues.map((queue) => readDepth(queue, stop))),
    askMetrics(queues, functionName, outputs.streams, new Date(atMs), stop),
    readAlarms(stack, outputs.get('AlarmTopicArn'), stop),
    readLastDigest(place, atMs, stop),
    readBackfill(outputs.find('BackfillMapping'), stop),
  ]);
  const states = statesOf(queues, depths, answered(metrics));
  const letters = await countLetters(queues, states, now, stop);
  const answers = [...depths, metrics, alarms, digest, backfill, ...letters];
  const values = answered(metrics);
  return {
    ...{ stack, region, atMs, queues: states },
    deadLetters: letters.flatMap((answer) => answered(answer) ?? []),
    alarms: answered(alarms),
    delivery: values && deliveryOf(values, outputs.streams, region),
    digest: answered(digest),
    backfill: answered(backfill),
    unknown: unknownOf(answers),
  };
}

/** Reads the state of queues without a stack. */
export async function readQueues(
  queues: readonly NamedQueue[],
  now: () => number,
  stop: AbortSignal,
): Promise<StatusReport> {
  const atMs = now();
  const depths = await Promise.all(queues.map((queue) => readDepth(queue, stop)));
  const states = statesOf(queues, depths, undefined);
  const letters = await countLetters(queues, states, now, stop);
  return {
    ...{ stack: undefined, region: process.env.AWS_REGION ?? '', atMs, queues: states },
    deadLetters: letters.flatMap((answer) => answered(answer) ?? []),
    ...{ alarms: undefined, delivery: undefined, digest: undefined, backfill: undefined },
    unknown: unknownOf([...depths, ...letters]),
  };
}

function statesOf(
  queues: readonly NamedQueue[],
  depths: readonly Answer<Depth>[],
  values: Values | undefined,
): QueueState[] {
  return queues.flatMap((queue, i) => {
    const depth = answered(depths[i]);
    const { name, isDeadLetters } = queue;
    return depth ? [{ name, isDeadLetters, ...depth, oldestSeconds: values?.[ageOf(queue)] }] : [];
  });
}

function unknownOf(answers: readonly (Answer<unknown> | undefined)[]): Finding[] {
  return answers.flatMap((answer) => (answer && 'finding' in answer ? [answer.finding] : []));
}

function queuesOf(outputs: StackOutputs): NamedQueue[] {
  const optional = (name: string, output: string, isDeadLetters: boolean): NamedQueue[] => {
    const url = outputs.find(output);
    return url === undefined ? [] : [{ name, url, isDeadLetters }];
  };
  return [
    { name: 'work queue', url: outputs.get('WorkQueueUrl'), isDeadLetters: false },
    { name: 'dead letters', url: outputs.get('DeadLetterQueueUrl'), isDeadLetters: true },
    ...optional('backfill queue', 'BackfillQueueUrl', false),
    ...optional('backfill dead letters', 'BackfillDeadLetterQueueUrl', true),
  ];
}

/** Reads only queues that have visible messages: messages in flight are held by another reader. */
function countLetters(
  queues: readonly NamedQueue[],
  states: readonly QueueState[],
  now: () => number,
  stop: AbortSignal,
): Promise<Answer<DeadLetterCount[]>[]> {
  const filled = queues.filter(
    ({ name, isDeadLetters }) =>
      isDeadLetters && (states.find((state) => state.name === name)?.visible ?? 0) > 0,
  );
  return Promise.all(filled.map((queue) => countDeadLetters(queue, now, stop)));
}
