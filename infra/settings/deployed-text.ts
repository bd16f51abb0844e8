import { Stack } from 'aws-cdk-lib';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IConstruct } from 'constructs';

/**
 * Returns a text, or any other value as JSON, that is at least as long as the deployed one: each token has a
 * placeholder of its maximum length.
 */
export function deployedText(scope: IConstruct, value: unknown): string {
  const stack = Stack.of(scope);
  const replaced = replaceReferences(stack.resolve(value), streamIds(stack));
  return typeof replaced === 'string' ? replaced : JSON.stringify(replaced);
}

/** Returns the logical IDs of the delivery streams. There may be many, with names and ARNs of known lengths. */
function streamIds(stack: Stack): ReadonlySet<string> {
  const streams = stack.node.findAll().filter((resource) => resource instanceof CfnDeliveryStream);
  return new Set(streams.map(({ logicalId }) => String(stack.resolve(logicalId))));
}

/** Replaces each reference with a text of its maximum length. */
function replaceReferences(node: unknown, streams: ReadonlySet<string>): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const replace = (member: unknown) => replaceReferences(member, streams);
  if (Array.isArray(node)) return node.map(replace);
  const [[name, value] = ['', undefined], ...others] = Object.entries(node);
  if (others.length === 0 && name === 'Fn::Join' && Array.isArray(value) && Array.isArray(value[1]))
    return value[1].map(replace).join(value[0]);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::')))
    return 'x'.repeat(PSEUDO_LENGTHS[String(value)] ?? streamLength(value, streams) ?? REFERENCE_LENGTH);
  return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, replace(member)]));
}

/** Returns the maximum length of a stream's name, for its `Ref`, or of its ARN. */
function streamLength(value: unknown, streams: ReadonlySet<string>): number | undefined {
  if (Array.isArray(value)) return streams.has(value[0]) ? LONGEST_STREAM_ARN.length : undefined;
  return streams.has(String(value)) ? MAX_STREAM_NAME : undefined;
}

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html */
const MAX_STREAM_NAME = 64;
const LONGEST_STREAM_ARN = `arn:aws-us-gov:firehose:us-isof-south-1:111122223333:deliverystream/${'x'.repeat(MAX_STREAM_NAME)}`;

/** The longest value of each pseudo parameter in any partition. */
const PSEUDO_LENGTHS: Record<string, number> = {
  'AWS::AccountId': '111122223333'.length,
  'AWS::Region': 'us-isof-south-1'.length,
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::URLSuffix': 'amazonaws.com.cn'.length,
};

/** Longest of the others, a queue URL: its name has up to 80 characters. */
const REFERENCE_LENGTH = 160;
