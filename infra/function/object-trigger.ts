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
  readonly trigger: Trigger;
  readonly trail: TrailSource;
  readonly workQueue: WorkQueue;
  readonly deliver: DeliverFunction;
  /** For `sns` on an existing bucket. @default - the topic of the new trail */
  readonly topicArn?: string;
}

/**
 * How a new log object reaches the function:
 *
 *   queue        bucket ────────────────→ work queue → function
 *   direct       bucket → function, and what fails there → work queue → function
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
    if (topicArn === undefined) throw new Error('trigger sns needs a topic');
    Topic.fromTopicArn(this, 'Topic', topicArn).addSubscription(
      // Without SNS's envelope; what cannot be put on the queue is not lost either.
      new SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue: deadLetters }),
    );
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
  #matchObjects({ bucketName, location }: TrailSource, { queue, deadLetters }: WorkQueue): void {
    new Rule(this, 'NewLogObject', {
      description: 'A new CloudTrail log object',
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
