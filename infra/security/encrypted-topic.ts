import { RemovalPolicy } from 'aws-cdk-lib';
import { type Conditions, type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface EncryptedTopicProps {
  /** Service that publishes to the topic. */
  readonly publisher: IPrincipal;
  /** Conditions on publishing, which prevent the confused deputy problem. */
  readonly conditions: Conditions;
  /**
   * Conditions on using the key, if the service sends the same context keys to KMS.
   *
   * @default - no conditions
   */
  readonly keyConditions?: Conditions;
}

/**
 * An encrypted topic that one AWS service publishes to. It needs its own customer key, because neither
 * CloudWatch nor CloudTrail can use the AWS managed key for SNS.
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
      // The key protects messages only in transit. It is of no use without the topic.
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
