import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CLAIM_FOLDER } from '../../lambda/contract.ts';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import type { TrailSource } from '../trail/trail-source.ts';

export interface DeliverRoleProps {
  readonly trail: TrailSource;
  readonly workQueue: IQueue;
  readonly deliveryStreamArn: string;
  /** Gets the claims of resume messages. @default - none */
  readonly claimBucket?: IBucket;
  readonly logGroup: ILogGroup;
}

/** What the function may do: what its code does, what its event source mapping does for it, and its log. */
export class DeliverRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: DeliverRoleProps) {
    super(scope, id);
    const { trail, workQueue, deliveryStreamArn, claimBucket, logGroup } = props;
    const logObjects = trail.location.readable.map((key) => `${trail.bucketArn}/${key}`);
    const claims = claimBucket ? [claimBucket.arnForObjects(`${CLAIM_FOLDER}*`)] : [];
    this.role = new Role(this, 'Role', {
      description: 'Reads CloudTrail log objects and puts them into one delivery stream',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Deliver: new PolicyDocument({
          statements: [
            allow('ReadLogObjects', ['s3:GetObject', 's3:GetObjectVersion'], logObjects),
            ...leaveOutDigests(trail),
            tellMissing(trail),
            ...(trail.keyArn ? [decrypt(trail.keyArn, Stack.of(this))] : []),
            allow('PutEvents', ['firehose:PutRecordBatch'], [deliveryStreamArn]),
            allow('PutResumes', ['sqs:SendMessage'], [workQueue.queueArn]),
            ...(claimBucket ? claimHandOvers(claimBucket, claims) : []),
            allow(
              'TakeWork',
              ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
              [workQueue.queueArn],
            ),
            allow('WriteLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
          ],
        }),
      },
    });
    acknowledgeWildcards(
      this.role,
      logObjects,
      'Region, date and name of a log object are not known before it is there, nor the kinds of tomorrow; the account is the exact one.',
    );
    acknowledgeWildcards(
      this.role,
      claims,
      'SQS chooses the message id that names a claim; the folder is the exact one.',
    );
  }
}

function allow(sid: string, actions: string[], resources: string[]): PolicyStatement {
  return new PolicyStatement({ sid, effect: Effect.ALLOW, actions, resources });
}

/** One prefix covers the kinds of tomorrow, and the digests with them. */
function leaveOutDigests({ bucketArn, location }: TrailSource): PolicyStatement[] {
  const resources = location.digests.map((key) => `${bucketArn}/${key}`);
  if (resources.length === 0) return [];
  const actions = ['s3:GetObject', 's3:GetObjectVersion'];
  return [new PolicyStatement({ sid: 'LeaveOutDigests', effect: Effect.DENY, actions, resources })];
}

/**
 * Without `s3:ListBucket` S3 answers 403 for a key that is missing, which reads as a permission problem. It asks
 * with the key as `s3:prefix`, so the condition that keeps listings within the log folders holds here as well.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, and for the prefix, which AWS does not
 * document, https://github.com/ceph/ceph/pull/68577
 */
function tellMissing({ bucketArn, location }: TrailSource): PolicyStatement {
  const statement = allow('TellMissingFromDenied', ['s3:ListBucket'], [bucketArn]);
  statement.addConditions({ StringLike: { 's3:prefix': location.readable } });
  return statement;
}

/** `s3:ListBucket` lets S3 answer 404 for a missing claim, as above. */
function claimHandOvers({ bucketArn }: IBucket, claims: string[]): PolicyStatement[] {
  const list = allow('TellMissingClaims', ['s3:ListBucket'], [bucketArn]);
  list.addConditions({ StringLike: { 's3:prefix': `${CLAIM_FOLDER}*` } });
  return [allow('ClaimHandOvers', ['s3:GetObject', 's3:PutObject'], claims), list];
}

/** Only as S3 does it for an object that is read. */
function decrypt(keyArn: string, { region, urlSuffix }: Stack): PolicyStatement {
  const statement = allow('DecryptLogObjects', ['kms:Decrypt'], [keyArn]);
  statement.addConditions({ StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } });
  return statement;
}
