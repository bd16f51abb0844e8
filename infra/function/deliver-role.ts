import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CLAIM_FOLDER } from '../../lambda/contract.ts';
import type { ReceiptStream } from '../receipts/receipt-stream.ts';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import { useKey, viaService } from '../security/customer-key.ts';
import { deployedText } from '../settings/deployed-text.ts';
import { SettingsError } from '../settings/settings.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { TrailSource } from '../trail/trail-source.ts';

export interface DeliverRoleProps {
  /** Trail whose log objects the role can read. */
  readonly trail: TrailSource;
  /** Queue that the role can receive from, delete from and send to. */
  readonly workQueue: IQueue;
  /** ARN of the stream that the role can write to. */
  readonly deliveryStreamArn: string;
  /** Other streams that the role can write to. @default - none */
  readonly moreStreams?: readonly EventStream[];
  /** Stream for receipts that the role can write to. @default - no receipts */
  readonly receiptStream?: ReceiptStream;
  /** Bucket for the claims of resume messages. @default - no claims */
  readonly claimBucket?: IBucket;
  /** ARN of the secret that the role can read. @default - no secret */
  readonly redactKeySecretArn?: string;
  /** Customer key of the work queue, the claim bucket and maybe the secret. @default - no customer key */
  readonly encryptionKey?: IKey;
  /** Log group of the function. */
  readonly logGroup: ILogGroup;
}

/**
 * The function's role. It allows the calls of its code and of its event source mapping, and writing its log.
 */
export class DeliverRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: DeliverRoleProps) {
    super(scope, id);
    const {
      trail,
      workQueue,
      deliveryStreamArn,
      moreStreams = [],
      receiptStream,
      claimBucket,
      logGroup,
    } = props;
    const streams = [deliveryStreamArn, ...moreStreams.map((stream) => stream.deliveryStreamArn)];
    const logObjects = trail.location.readable.map((key) => `${trail.bucketArn}/${key}`);
    const claims = claimBucket ? [claimBucket.arnForObjects(`${CLAIM_FOLDER}*`)] : [];
    const policy = new PolicyDocument({
      statements: [
        allow('ReadLogObjects', ['s3:GetObject', 's3:GetObjectVersion'], logObjects),
        ...denyDigests(trail),
        listLogFolders(trail),
        ...(trail.keyArn ? [decrypt(this, trail.keyArn)] : []),
        allow('PutEvents', ['firehose:PutRecordBatch'], streams),
        ...(receiptStream
          ? [allow('PutReceipts', ['firehose:PutRecordBatch'], [receiptStream.deliveryStreamArn])]
          : []),
        allow('PutResumes', ['sqs:SendMessage'], [workQueue.queueArn]),
        ...(claimBucket ? readAndWriteClaims(claimBucket, claims) : []),
        allow(
          'TakeWork',
          ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          [workQueue.queueArn],
        ),
        allow('WriteLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
        ...readRedactKey(props),
        ...useCustomerKey(this, props, claims),
      ],
    });
    checkPolicy(this, policy);
    this.role = new Role(this, 'Role', {
      description: 'Reads CloudTrail log objects and writes to the delivery streams of events and receipts',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Deliver: policy },
    });
    acknowledgeWildcards(
      this.role,
      logObjects,
      'The region, date and name of a log object are unknown until CloudTrail writes it, and so are future kinds. The account is exact unless the trail covers an entire organization.',
    );
    acknowledgeWildcards(
      this.role,
      claims,
      'SQS generates the message ID that names a claim. The folder is exact.',
    );
  }
}

/**
 * Checks the size limit of a role's inline policies:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 *
 * @throws SettingsError with the number of characters if the policy is too large
 */
function checkPolicy(scope: Construct, policy: PolicyDocument): void {
  const characters = deployedText(scope, policy).length;
  if (characters <= MAX_POLICY_CHARACTERS) return;
  throw new SettingsError([
    `The policy of the function's role must have at most ${MAX_POLICY_CHARACTERS} characters (got ${characters}). Use a shorter trailKeyPrefix, or fewer kinds, trailAccounts or streams.`,
  ]);
}

const MAX_POLICY_CHARACTERS = 10_240;

function allow(sid: string, actions: string[], resources: string[]): PolicyStatement {
  return new PolicyStatement({ sid, effect: Effect.ALLOW, actions, resources });
}

/** The prefix that covers future kinds also covers the digests, which the function never reads. */
function denyDigests({ bucketArn, location }: TrailSource): PolicyStatement[] {
  const resources = location.digests.map((key) => `${bucketArn}/${key}`);
  if (resources.length === 0) return [];
  const actions = ['s3:GetObject', 's3:GetObjectVersion'];
  return [new PolicyStatement({ sid: 'LeaveOutDigests', effect: Effect.DENY, actions, resources })];
}

/**
 * Without `s3:ListBucket`, S3 answers 403 for a missing key, which looks like a permission problem. S3 checks
 * this permission with the key as `s3:prefix`, so a condition can limit it to the log folders.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 * AWS does not document the prefix: https://github.com/ceph/ceph/pull/68577
 */
function listLogFolders({ bucketArn, location }: TrailSource): PolicyStatement {
  const statement = allow('TellMissingFromDenied', ['s3:ListBucket'], [bucketArn]);
  statement.addConditions({ StringLike: { 's3:prefix': location.readable } });
  return statement;
}

/** `s3:ListBucket` lets S3 answer 404 for a missing claim, as above. */
function readAndWriteClaims({ bucketArn }: IBucket, claims: string[]): PolicyStatement[] {
  const list = allow('TellMissingClaims', ['s3:ListBucket'], [bucketArn]);
  list.addConditions({ StringLike: { 's3:prefix': `${CLAIM_FOLDER}*` } });
  return [allow('ClaimHandOvers', ['s3:GetObject', 's3:PutObject'], claims), list];
}

function readRedactKey({ redactKeySecretArn }: DeliverRoleProps): PolicyStatement[] {
  if (redactKeySecretArn === undefined) return [];
  return [allow('ReadRedactKey', ['secretsmanager:GetSecretValue'], [redactKeySecretArn])];
}

/** CloudWatch Logs and Firehose use the key themselves: the log group's in its policy, the stream's in a grant. */
function useCustomerKey(
  scope: Construct,
  { encryptionKey, claimBucket, redactKeySecretArn }: DeliverRoleProps,
  claims: string[],
): PolicyStatement[] {
  if (!encryptionKey) return [];
  // No encryption context for the queue: a redriven message can have that of the dead-letter queue.
  const statements = [useKey(scope, encryptionKey, 'EncryptMessages', 'sqs')];
  if (redactKeySecretArn !== undefined)
    statements.push(
      useKey(scope, encryptionKey, 'DecryptRedactKey', 'secretsmanager', {
        'kms:EncryptionContext:SecretARN': [redactKeySecretArn],
      }),
    );
  if (!claimBucket) return statements;
  // With a bucket key, the context is the bucket instead of the object.
  const context = { 'kms:EncryptionContext:aws:s3:arn': [claimBucket.bucketArn, ...claims] };
  return [...statements, useKey(scope, encryptionKey, 'EncryptClaims', 's3', context)];
}

/** Allows decryption only through S3, when the function reads an object. */
function decrypt(scope: Construct, keyArn: string): PolicyStatement {
  const statement = allow('DecryptLogObjects', ['kms:Decrypt'], [keyArn]);
  statement.addConditions({ StringEquals: { 'kms:ViaService': viaService(scope, 's3') } });
  return statement;
}
