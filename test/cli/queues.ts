import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { SqsFaultHook, SqsRequest } from '../../local/faults.ts';
import { type SqsEndpoint, startSqs } from '../../local/sqs/endpoint.ts';
import type { SqsMessage } from '../../local/sqs/receive.ts';
import { useCli } from './run-cli.ts';

const WORK = 'work';
const DEAD = 'dead';

/** What `--json` prints. */
export interface Result {
  dryRun: boolean;
  complete: boolean;
  heldElsewhere: number;
  messages: {
    kind: string;
    result: string;
    detail: string | null;
    objects: { key: string; nextRecord: number; remaining: string }[];
  }[];
}

export const TRAIL_BUCKET = 'example-trail-bucket';

/** Returns the key of a log object in a region. */
export function keyIn(region: string, name: string): string {
  return `AWSLogs/111122223333/CloudTrail/${region}/2026/11/03/${name}.json.gz`;
}

/** Starts a work queue and a dead-letter queue for the tests of one file. Both are empty before each test. */
export function useQueues() {
  const cli = useCli();
  const used = { cli } as { cli: typeof cli; sqs: SqsEndpoint; client: SQSClient; requests: SqsRequest[] };
  beforeAll(async () => {
    used.sqs = await startSqs({ queues: [WORK, DEAD] });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    used.client = new SQSClient({ endpoint: used.sqs.url, region: 'eu-west-3', credentials });
  });
  beforeEach(() => reset());
  afterAll(async () => {
    used.client.destroy();
    await used.sqs.close();
  });

  /** Empties the queues. Requests from now on are recorded. */
  function reset(fault?: SqsFaultHook): void {
    used.requests = [];
    used.sqs.reset((request) => {
      used.requests.push(request);
      return fault?.(request);
    });
  }

  function environment(changes: Record<string, string | undefined> = {}) {
    return {
      ...process.env,
      AWS_ENDPOINT_URL_SQS: used.sqs.url,
      AWS_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      // As in a shell, unlike in these tests.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
      ...changes,
    };
  }

  const queues = () => [
    ...['--dead-letter-queue', used.sqs.queueUrl(DEAD)],
    ...['--work-queue', used.sqs.queueUrl(WORK)],
  ];
  const bodiesIn = (queue: string) => used.sqs.messages(queue).map(({ body }) => body);

  const start = (...args: string[]) =>
    used.cli.start(['replay', 'dlq', ...queues(), ...args], { env: environment() });
  const replay = (...args: string[]) =>
    used.cli.run(['replay', 'dlq', ...queues(), ...args], undefined, { env: environment() });

  /** Puts messages on the dead-letter queue without a request. */
  function addDead(messages: readonly SqsMessage[]): void {
    (used.sqs.messages(DEAD) as SqsMessage[]).push(...messages);
  }

  return Object.assign(used, {
    reset,
    environment,
    queues,
    start,
    replay,
    addDead,
    /** Puts a message on the dead-letter queue. */
    async die(body: unknown, attributes?: Record<string, string>): Promise<string> {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes ?? {}).map(([name, StringValue]) => [
          name,
          { DataType: 'String', StringValue },
        ]),
      );
      const input = { QueueUrl: used.sqs.queueUrl(DEAD), MessageBody, MessageAttributes };
      await used.client.send(new SendMessageCommand(input));
      used.requests = [];
      return MessageBody;
    },
    /** Injects faults from now on. The work queue is empty, and the dead letters are visible, as after their timeout. */
    inject(fault?: SqsFaultHook): void {
      const messages = used.sqs.messages(DEAD).map((message) => ({ ...message }));
      reset(fault);
      addDead(messages);
    },
    dead: () => bodiesIn(DEAD),
    work: () => bodiesIn(WORK),
    /** Returns the requests that change more than visibility. */
    writes: () =>
      used.requests.flatMap(({ operation, queue }) =>
        /^(Send|Delete)/.test(operation) ? [`${operation} ${queue}`] : [],
      ),
    /** Returns how many dead letters any reader could receive now. */
    async visible(): Promise<number> {
      const QueueUrl = used.sqs.queueUrl(DEAD);
      const { Attributes } = await used.client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages);
    },
    async list(...args: string[]) {
      const { stdout, ...ended } = await replay('--json', ...args);
      return { result: JSON.parse(stdout) as Result, ...ended };
    },
  });
}
