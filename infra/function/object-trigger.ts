import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Trigger } from '../settings/settings.ts';
import type { TrailSource } from '../trail/trail-source.ts';
import type { DeliverFunction } from './deliver-function.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ObjectTriggerProps {
  /** How the function is notified of new log objects. */
  readonly trigger: Trigger;
  /** Trail whose log objects trigger the function. */
  readonly trail: TrailSource;
  /** Queue that receives notifications, or failed invocations for `direct`. */
  readonly workQueue: WorkQueue;
  /** Function to trigger. */
  readonly deliver: DeliverFunction;
  /** ARN of the topic for `sns` on an existing bucket. @default - the topic of the new trail */
  readonly topicArn?: string;
}

/**
 * How a new log object reaches the function:
 *
 *   queue        bucket ────────────────→ work queue → function
 *   direct       bucket → function; failed invocations → work queue → function
 *   sns          trail or bucket → topic → work queue → function
 *   eventbridge  bucket → default bus → rule → work queue → function
 */
export class ObjectTrigger extends Construct {
  constructor(scope: Construct, id: string, props: ObjectTriggerProps) {
    super(scope, id);
    const { trigger, trail, workQueue, deliver } = props;
    switch (trigger) {
      case 'queue':
        trail.notifyQueue(workQueue.queue);
        break;
      case 'direct':
        trail.notifyFunction(deliver.lambda);
        deliver.handFailuresTo(workQueue.queue);
        break;
      case 'sns':
        this.#subscribe(props.topicArn ?? trail.topicArn, workQueue);
        break;
      case 'eventbridge':
        trail.notifyEventBridge();
        this.#matchObjects(trail, workQueue);
        break;
    }
  }

  #subscribe(topicArn: string | undefined, { queue, deadLetters }: WorkQueue): void {
    if (topicArn === undefined) throw new Error('trigger sns requires a topic. Set topicArn.');
    Topic.fromTopicArn(this, 'Topic', topicArn).addSubscription(
      // Raw delivery omits the SNS envelope. SNS sends undeliverable messages to the dead-letter queue.
      new SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue: deadLetters }),
    );
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
  #matchObjects({ bucketName, location }: TrailSource, { queue, deadLetters }: WorkQueue): void {
    new Rule(this, 'NewLogObject', {
      description: 'New CloudTrail log objects',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [bucketName] },
          object: { key: location.keyPatterns.flatMap((pattern) => Match.wildcard(pattern)) },
        },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters })],
    });
  }
}
