import { InvalidArgumentError } from 'commander';
import type { Packing } from '../../../lambda/contract.ts';
import type { Trigger } from './targets.ts';

/** Options as Commander parses them. */
export interface PreflightOptions {
  stack: string;
  bucket?: string;
  trail?: string;
  stream?: string[];
  prefix?: string;
  organization?: string;
  trigger?: Trigger;
  packing?: Packing;
  maxConcurrency?: number;
  json?: boolean;
}

/**
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
 *
 * @throws InvalidArgumentError unless the text can be the name or the ARN of a trail
 */
export function trailName(text: string): string {
  if (/^([A-Za-z0-9][\w.-]{1,126}[A-Za-z0-9]|arn:[^:]+:cloudtrail:\S+)$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the name or the ARN of a trail.');
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 *
 * @throws InvalidArgumentError unless the text is a number that an event source mapping accepts
 */
export function concurrency(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 2 && value <= 1000) return value;
  throw new InvalidArgumentError('Expected a number from 2 to 1000.');
}
