import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Returns a text, or any other value as JSON, that is at least as long as the deployed one: each token has a
 * placeholder of its maximum length.
 */
export function deployedText(scope: IConstruct, value: unknown): string {
  const replaced = replaceReferences(Stack.of(scope).resolve(value));
  return typeof replaced === 'string' ? replaced : JSON.stringify(replaced);
}

/** Replaces each reference with a text of its maximum length. */
function replaceReferences(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(replaceReferences);
  const [[name, value] = ['', undefined], ...others] = Object.entries(node);
  if (others.length === 0 && name === 'Fn::Join' && Array.isArray(value) && Array.isArray(value[1]))
    return value[1].map(replaceReferences).join(value[0]);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::')))
    return 'x'.repeat(PSEUDO_LENGTHS[String(value)] ?? REFERENCE_LENGTH);
  return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, replaceReferences(member)]));
}

/** The longest value of each pseudo parameter in any partition. */
const PSEUDO_LENGTHS: Record<string, number> = {
  'AWS::AccountId': '111122223333'.length,
  'AWS::Region': 'us-isof-south-1'.length,
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::URLSuffix': 'amazonaws.com.cn'.length,
};

/** Longest of the others, a queue URL: its name has up to 80 characters. */
const REFERENCE_LENGTH = 160;
