import { Aws, Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { EncryptedTopic } from '../security/encrypted-topic.ts';

export interface AlarmTopicProps {
  /** Email address for alarms; the recipient must confirm the subscription. @default - no alarm mail */
  readonly email?: string;
}

/** An SNS topic that alarms of this account and region can publish to. */
export class AlarmTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { email }: AlarmTopicProps = {}) {
    super(scope, id);
    const alarms = Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm:*' });
    const conditions = {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnLike: { 'aws:SourceArn': alarms },
    };
    const { topic } = new EncryptedTopic(this, 'Topic', {
      publisher: new ServicePrincipal('cloudwatch.amazonaws.com'),
      conditions,
      keyConditions: conditions,
    });
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    this.topic = topic;
  }
}
