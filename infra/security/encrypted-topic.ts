import { RemovalPolicy } from 'aws-cdk-lib';
import { type Conditions, type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface EncryptedTopicProps {
  /** The service that publishes. */
  readonly publisher: IPrincipal;
  /** On whose behalf it may publish: the confused deputy's conditions. */
  readonly conditions: Conditions;
  /** The same for the key, where the service says on whose behalf there too. @default - no conditions */
  readonly keyConditions?: Conditions;
}

/**
 * A topic that one AWS service publishes to, encrypted. It takes a key of its own: neither CloudWatch nor
 * CloudTrail may use the key that AWS manages for SNS.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export class EncryptedTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: EncryptedTopicProps) {
    super(scope, id);
    const { publisher, conditions, keyConditions } = props;
    const key = new Key(this, 'Key', {
      description: `Messages of the topic ${this.node.path}`,
      enableKeyRotation: true,
      // It protects messages on their way only: nothing is left to read once the topic is gone.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PublisherEncrypts',
        principals: [publisher],
        actions: ['kms:GenerateDataKey*', 'kms:Decrypt'],
        resources: ['*'],
        conditions: keyConditions,
      }),
    );
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PublisherPublishes',
        principals: [publisher],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions,
      }),
    );
  }
}
