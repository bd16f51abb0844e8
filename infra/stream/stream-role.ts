import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import { useKey } from '../security/customer-key.ts';

export interface StreamRoleProps {
  /** ARN of the bucket that the stream writes to. */
  readonly bucketArn: string;
  /** Prefixes in the bucket that the stream writes to, each with a slash at the end. */
  readonly folders: readonly string[];
  /** Log group for delivery errors. */
  readonly logGroup: ILogGroup;
  /** ARN of the secret with the key of an HTTP endpoint. @default - no secret */
  readonly secretArn?: string;
  /** Customer key of the bucket's objects, and maybe of the secret. @default - no customer key */
  readonly encryptionKey?: IKey;
}

/**
 * Firehose's role for one stream, without the wildcard actions of CDK's grants, like `s3:GetObject*`.
 * https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
 */
export class StreamRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: StreamRoleProps) {
    super(scope, id);
    const { bucketArn, folders, logGroup, secretArn, encryptionKey } = props;
    const objects = folders.map((folder) => `${bucketArn}/${folder}*`);
    const statements = [
      new PolicyStatement({
        actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        resources: objects,
      }),
      new PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [bucketArn],
      }),
      new PolicyStatement({ actions: ['logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
    ];
    if (secretArn)
      statements.push(
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] }),
      );
    if (encryptionKey)
      statements.push(
        // With a bucket key, the context is the bucket instead of the object.
        useKey(this, encryptionKey, 'EncryptObjects', 's3', {
          'kms:EncryptionContext:aws:s3:arn': [bucketArn, ...objects],
        }),
      );
    if (encryptionKey && secretArn)
      statements.push(
        useKey(this, encryptionKey, 'DecryptSecret', 'secretsmanager', {
          'kms:EncryptionContext:SecretARN': [secretArn],
        }),
      );
    this.role = new Role(this, 'Role', {
      description: 'Delivers the events of one Firehose stream',
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'firehose',
              resource: 'deliverystream',
              resourceName: '*',
            }),
          },
        },
      }),
      inlinePolicies: { Deliver: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, objects, 'Firehose generates the names of the objects in these folders.');
  }
}
