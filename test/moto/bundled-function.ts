import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { WORK_QUEUE } from '../../lambda/contract.ts';
import type { Clients } from './create-pipeline.ts';
import { ACCOUNT, AWS_VARIABLES, REGION } from './moto-server.ts';

const SCRIPT = fileURLToPath(new URL('../../bench/invoke-bundle.mjs', import.meta.url));

/** Longest wait for a message. moto delays a requeued object in real time, by up to 30 seconds. */
const MAX_WAIT_MS = 120_000;

/** The function's bundle, in its own process with only the function's and the runtime's variables. */
export class BundledFunction {
  readonly #child: ChildProcess;

  constructor(file: string, endpoint: string, environment: Record<string, string>) {
    const env = {
      PATH: process.env.PATH,
      ...AWS_VARIABLES,
      AWS_ENDPOINT_URL: endpoint,
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Deliver',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...environment,
    };
    this.#child = fork(SCRIPT, [file], { env, execArgv: [], silent: true });
    this.#child.stdout?.resume();
    this.#child.stderr?.resume();
  }

  async ready(): Promise<this> {
    await once(this.#child, 'message');
    return this;
  }

  close(): void {
    this.#child.kill();
  }

  /**
   * Polls the queue as Lambda's event source mapping does, until it holds no message.
   * A failed message is visible again at once instead of after the visibility timeout.
   */
  async work({ sqs }: Clients, QueueUrl: string): Promise<void> {
    let lastMessageAt = Date.now();
    while (Date.now() - lastMessageAt < MAX_WAIT_MS) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: WORK_QUEUE.batchSize,
          MessageSystemAttributeNames: ['All'],
        }),
      );
      if (Messages.length > 0) {
        const failed = await this.#invoke(Messages);
        lastMessageAt = Date.now();
        for (const { MessageId = '', ReceiptHandle } of Messages)
          await (failed.has(MessageId)
            ? sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
            : sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
      } else if (await isEmpty(sqs, QueueUrl)) return;
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the queue ${QueueUrl} is not empty after ${MAX_WAIT_MS} ms`);
  }

  async #invoke(messages: Message[]): Promise<Set<string>> {
    this.#child.send({
      Records: messages.map(({ MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }) => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        attributes: Attributes,
        messageAttributes: {},
        md5OfBody: MD5OfBody,
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:work`,
        awsRegion: REGION,
      })),
    });
    const [{ answer }] = await once(this.#child, 'message');
    if (typeof answer === 'string') throw new Error(answer);
    return new Set(answer.batchItemFailures.map((item: { itemIdentifier: string }) => item.itemIdentifier));
  }
}

async function isEmpty(sqs: Clients['sqs'], QueueUrl: string): Promise<boolean> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const {
    ApproximateNumberOfMessages: visible,
    ApproximateNumberOfMessagesNotVisible: invisible,
    ApproximateNumberOfMessagesDelayed: delayed,
  } = Attributes;
  return [visible, invisible, delayed].every((messages) => messages === '0');
}
