import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { deployedText } from '../settings/deployed-text.ts';
import type { Trigger } from '../settings/settings.ts';
import type { KeyMatcher, LogLocation } from '../trail/log-location.ts';
import type { TrailSource } from '../trail/trail-source.ts';
import type { DeliverFunction } from './deliver-function.ts';
import type { Senders } from './senders.ts';
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
  /** Services that the alarms watch. */
  readonly senders: Senders;

  constructor(scope: Construct, id: string, props: ObjectTriggerProps) {
    super(scope, id);
    this.senders = this.#connect(props);
  }

  #connect({ trigger, trail, workQueue, deliver, topicArn }: ObjectTriggerProps): Senders {
    switch (trigger) {
      case 'queue':
        trail.notifyQueue(workQueue.queue);
        return {};
      case 'direct':
        trail.notifyFunction(deliver.lambda);
        deliver.handFailuresTo(workQueue.queue);
        return { isDirect: true };
      case 'sns':
        return { topic: this.#subscribe(topicArn ?? trail.topicArn, workQueue) };
      case 'eventbridge':
        trail.notifyEventBridge();
        return { rules: this.#matchObjects(trail, workQueue) };
    }
  }

  #subscribe(topicArn: string | undefined, { queue, deadLetters }: WorkQueue): ITopic {
    if (topicArn === undefined) throw new Error('trigger sns requires a topic. Set topicArn.');
    const topic = Topic.fromTopicArn(this, 'Topic', topicArn);
    topic.addSubscription(
      // Raw delivery omits the SNS envelope. SNS sends undeliverable messages to the dead-letter queue.
      new SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue: deadLetters }),
    );
    return topic;
  }

  /** Creates one rule, or more if the matchers need more than one pattern. */
  #matchObjects({ bucketName, location }: TrailSource, { queue, deadLetters }: WorkQueue): Rule[] {
    const target = { bind: () => ({ arn: queue.queueArn, deadLetterConfig: { arn: deadLetters.queueArn } }) };
    const rules = choosePatterns(this, bucketName, location).map(
      (eventPattern, i) =>
        new Rule(this, i === 0 ? 'NewLogObject' : `NewLogObject${i + 1}`, {
          description: 'New CloudTrail log objects',
          eventPattern,
          targets: [target],
        }),
    );
    // One statement for all rules: a queue policy has at most 20 statements and 10 conditions.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
    for (const receiver of [queue, deadLetters])
      receiver.addToResourcePolicy(
        new PolicyStatement({
          sid: 'RulesSend',
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [receiver.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': rules.map(({ ruleArn }) => ruleArn) } },
        }),
      );
    return rules;
  }
}

/** Returns the patterns of the most exact matchers that need no more than MAX_RULES rules. */
function choosePatterns(
  scope: Construct,
  bucketName: string,
  { eventMatchers }: LogLocation,
): EventPattern[] {
  const splits = eventMatchers.map((matchers) => splitIntoPatterns(scope, bucketName, matchers));
  return splits.find((patterns) => patterns.length <= MAX_RULES) ?? [];
}

/** Fills each pattern with matchers up to its size limit. */
function splitIntoPatterns(scope: Construct, bucketName: string, matchers: KeyMatcher[]): EventPattern[] {
  const patterns: EventPattern[] = [];
  let taken: KeyMatcher[] = [];
  for (const matcher of matchers) {
    if (deployedText(scope, objectCreated(bucketName, [...taken, matcher])).length > MAX_PATTERN_CHARACTERS) {
      patterns.push(objectCreated(bucketName, taken));
      taken = [];
    }
    taken.push(matcher);
  }
  return [...patterns, objectCreated(bucketName, taken)];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
function objectCreated(bucketName: string, keyMatchers: KeyMatcher[]): EventPattern {
  return {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: { bucket: { name: [bucketName] }, object: { key: keyMatchers } },
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_PATTERN_CHARACTERS = 2_048;

/** A bus has 300 rules, 100 in some regions, and the account's other rules need most of them. */
const MAX_RULES = 10;
