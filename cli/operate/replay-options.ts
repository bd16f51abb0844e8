import { InvalidArgumentError, Option } from 'commander';
import { type LogObjectRef, pathOf } from '../../lambda/trigger/log-object-ref.ts';
import { DEFAULT_STACK } from './stack-outputs.ts';

/** Names the queues: a stack, or their URLs. */
export interface QueueOptions {
  stack: string;
  workQueue?: string;
  deadLetterQueue?: string;
}

/** Options of `replay dlq` as Commander parses them. */
export interface DeadLetterOptions extends QueueOptions {
  key?: KeyMatcher;
  yes?: boolean;
  json?: boolean;
}

/** Options of `replay object` as Commander parses them. */
export interface ObjectOptions extends QueueOptions {
  records?: RecordSelection;
  versionId?: string;
  yes?: boolean;
}

/** Indexes of records, both inclusive. Without `last`, up to the end. */
export interface RecordSelection {
  readonly first: number;
  readonly last?: number;
}

/** Returns the option of the commands that read the stack's outputs. */
export function stackOption(description: string): Option {
  return new Option('--stack <name>', description).argParser(stackName).default(DEFAULT_STACK);
}

/** @throws InvalidArgumentError unless the text can name a stack */
function stackName(text: string): string {
  if (/^([A-Za-z][A-Za-z0-9-]{0,127}|arn:\S+)$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the name of a stack.');
}

/** @throws InvalidArgumentError unless the text can name delivery streams, separated by commas */
export function streamNames(text: string): string[] {
  const names = text.split(',');
  if (names.every((name) => /^[\w.-]{1,64}$/.test(name))) return names;
  throw new InvalidArgumentError('Expected the name of a delivery stream, or several separated by commas.');
}

/** @throws InvalidArgumentError unless the text has the form of a queue's URL */
export function queueUrl(text: string): string {
  if (/^https?:\/\/[^/\s]+\/\d{12}\/[\w-]+$/.test(text)) return text;
  throw new InvalidArgumentError(
    'Expected the URL of a queue: https://sqs.eu-west-3.amazonaws.com/111122223333/NAME.',
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/**
 * Collects the objects. One that is named twice counts once.
 *
 * @throws InvalidArgumentError unless the text is `s3://bucket/key`
 */
export function s3Object(text: string, earlier: LogObjectRef[] = []): LogObjectRef[] {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(text) ?? [];
  if (bucket === undefined || Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new InvalidArgumentError('Expected s3://BUCKET/KEY.');
  if (earlier.some((ref) => pathOf(ref) === text)) return earlier;
  return [...earlier, { bucket, key, nextRecord: 0, attempt: 0 }];
}

/** @throws InvalidArgumentError unless the text is a range of indexes */
export function recordSelection(text: string): RecordSelection {
  const [, from, to] = /^(\d{1,15})-(\d{1,15})?$/.exec(text) ?? [];
  const selection = { first: Number(from), ...(to !== undefined && { last: Number(to) }) };
  if (from !== undefined && selection.first <= (selection.last ?? selection.first)) return selection;
  throw new InvalidArgumentError('Expected indexes of records: 100-200, or 100- up to the end.');
}

/** @throws InvalidArgumentError if the text is empty */
export function notEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected a value.');
}

export type KeyMatcher = (key: string) => boolean;

/**
 * Returns whether a key matches a pattern: `*` stands for any characters, even `/`, and `?` for one.
 *
 * @throws InvalidArgumentError if the text is empty
 */
export function keyMatcher(glob: string): KeyMatcher {
  const source = [...notEmpty(glob)].map(
    (char) => WILDCARDS[char] ?? char.replace(/[\\^$.+()[\]{}|]/, '\\$&'),
  );
  const pattern = new RegExp(`^${source.join('')}$`, 'su');
  return (key) => pattern.test(key);
}

const WILDCARDS: Record<string, string> = { '*': '.*', '?': '.' };
