import { Stack } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { TrailSource } from './trail-source.ts';

/** Returns the policy statements for a bucket in another account, which must allow the roles themselves. */
export function bucketStatements(scope: Construct, trail: TrailSource, roles: readonly IRole[]): string {
  return Stack.of(scope).toJsonString([
    {
      Sid: 'CloudTrailFirehoseReads',
      Effect: 'Allow',
      Principal: principalsOf(roles),
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: trail.location.readable.map((key) => `${trail.bucketArn}/${key}`),
    },
    {
      Sid: 'CloudTrailFirehoseTellsMissing',
      Effect: 'Allow',
      Principal: principalsOf(roles),
      Action: 's3:ListBucket',
      Resource: trail.bucketArn,
      Condition: { StringLike: { 's3:prefix': trail.location.readable } },
    },
  ]);
}

/** Returns the policy statement for a key whose policy does not delegate access to IAM in this account. */
export function keyStatement(scope: Construct, roles: readonly IRole[]): string {
  const { region, urlSuffix } = Stack.of(scope);
  return Stack.of(scope).toJsonString({
    Sid: 'CloudTrailFirehoseDecrypts',
    Effect: 'Allow',
    Principal: principalsOf(roles),
    Action: 'kms:Decrypt',
    Resource: '*',
    Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } },
  });
}

function principalsOf(roles: readonly IRole[]): { AWS: string | string[] } {
  const arns = roles.map(({ roleArn }) => roleArn);
  return { AWS: arns.length === 1 ? (arns[0] ?? '') : arns };
}

/** Returns the policy statement for a topic in another account. */
export function topicStatement(scope: Construct, topicArn: string): string {
  return Stack.of(scope).toJsonString({
    Sid: 'CloudTrailFirehoseSubscribes',
    Effect: 'Allow',
    Principal: { AWS: Stack.of(scope).account },
    Action: 'sns:Subscribe',
    Resource: topicArn,
  });
}
