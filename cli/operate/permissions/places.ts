import { DEFAULT_STACK } from '../stack-outputs.ts';

/** ARNs of what the commands are for, or placeholders like `WORK-QUEUE-ARN`. */
export interface CommandPlaces {
  readonly stack: string;
  /** Of the trail. */
  readonly bucket: string;
  readonly eventBucket: string;
  readonly workQueue: string;
  readonly deadLetterQueue: string;
  readonly backfillQueue: string;
  readonly backfillDeadLetterQueue: string;
  /** Event source mapping of the backfill queue. */
  readonly backfillMapping: string;
  /** Log group of the backfill function. */
  readonly backfillLog: string;
  readonly stream: string;
  readonly function: string;
  readonly key: string;
}

/** Options that name a resource, of any command. */
export interface NamingOptions {
  readonly stack?: string;
  readonly bucket?: string;
  readonly workQueue?: string;
  readonly deadLetterQueue?: string;
  /** Backfill queue. */
  readonly queue?: string;
}

const QUEUE_URL = /^https:\/\/sqs\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)\/(\d{12})\/([\w-]+)$/;

/** Fills in what the options name. */
export function placesOf(options: NamingOptions): CommandPlaces {
  return {
    stack: stackArn(options.stack),
    bucket: `arn:aws:s3:::${options.bucket ?? 'TRAIL-BUCKET'}`,
    eventBucket: 'arn:aws:s3:::EVENT-BUCKET',
    workQueue: queueArn(options.workQueue) ?? 'WORK-QUEUE-ARN',
    deadLetterQueue: queueArn(options.deadLetterQueue) ?? 'DEAD-LETTER-QUEUE-ARN',
    backfillQueue: queueArn(options.queue) ?? 'BACKFILL-QUEUE-ARN',
    backfillDeadLetterQueue: 'BACKFILL-DEAD-LETTER-QUEUE-ARN',
    backfillMapping: 'BACKFILL-MAPPING-ARN',
    backfillLog: 'BACKFILL-LOG-GROUP-ARN',
    stream: 'STREAM-ARN',
    function: 'FUNCTION-ARN',
    key: 'KEY-ARN',
  };
}

function stackArn(stack = DEFAULT_STACK): string {
  return stack.startsWith('arn:') ? stack : `arn:aws:cloudformation:*:*:stack/${stack}/*`;
}

function queueArn(url: string | undefined): string | undefined {
  const [, region, domain, account, name] = QUEUE_URL.exec(url ?? '') ?? [];
  if (region === undefined) return undefined;
  return `arn:${domain?.endsWith('.cn') ? 'aws-cn' : 'aws'}:sqs:${region}:${account}:${name}`;
}
