import { Token } from 'aws-cdk-lib';
import { PACKINGS } from '../../lambda/contract.ts';
import { parseFilter } from '../../lambda/select/filter.ts';
import { KINDS } from '../../lambda/trigger/trail-kinds.ts';
import { DESTINATIONS, type PipelineSettings, TRIGGERS } from './settings.ts';

/** @returns what is wrong with single settings, whatever the others are */
export function checkForms(settings: PipelineSettings): string[] {
  return [
    ...checkTexts(settings),
    ...checkAccounts(settings),
    ...checkRules(settings),
    ...checkNumbers(settings),
  ];
}

const ACCOUNT = /^\d{12}$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** What each text has to look like, and how that is said. */
const FORMS: Partial<Record<keyof PipelineSettings, [RegExp, string]>> = {
  trailBucketName: [BUCKET, "the bucket's name alone, like my-trail-bucket"],
  eventsBucketName: [BUCKET, "the bucket's name alone, like my-event-bucket"],
  trailBucketAccount: [ACCOUNT, 'the 12 digits of an account'],
  // A wildcard would open the role to more than the prefix.
  trailKeyPrefix: [
    /^(?!\/)[^*?$]{1,200}(?<!\/)$/,
    'the prefix without a slash before or behind and without * ? $, like team/security',
  ],
  organizationId: [/^o-[a-z0-9]{10,32}$/, "the organization's id, like o-a1b2c3d4e5"],
  trailKmsKeyArn: [
    /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
    "the key's ARN (not an alias), like arn:aws:kms:eu-west-3:111122223333:key/…",
  ],
  topicArn: [
    /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]{1,256}$/,
    'the ARN of a standard topic, like arn:aws:sns:eu-west-3:111122223333:trail',
  ],
  httpEndpointUrl: [/^https:\/\/[^\s/:]+(:443)?(\/\S*)?$/, 'an https:// URL; Firehose takes port 443 only'],
  httpSecretArn: [
    /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+-\w{6}$/,
    "the secret's whole ARN, with the six characters at its end",
  ],
  deliveryStreamName: [/^[\w.-]{1,64}$/, "the stream's name alone, not its ARN"],
  alarmEmail: [/^\S+@\S+\.\S+$/, 'one mail address'],
  trigger: [oneOf(TRIGGERS), `one of ${TRIGGERS.join(', ')}`],
  destination: [oneOf(DESTINATIONS), `one of ${DESTINATIONS.join(', ')}`],
  packing: [oneOf(PACKINGS), `one of ${PACKINGS.join(', ')}`],
  removalPolicy: [oneOf(['retain', 'destroy']), 'retain or destroy'],
};

function oneOf(words: readonly string[]): RegExp {
  return new RegExp(`^(${words.join('|')})$`);
}

function checkTexts(settings: PipelineSettings): string[] {
  const problems: string[] = [];
  for (const [name, [form, example]] of Object.entries(FORMS)) {
    const given = settings[name as keyof PipelineSettings];
    if (given === undefined || Token.isUnresolved(given) || form.test(String(given))) continue;
    problems.push(`${name} is ${JSON.stringify(given)}; write ${example}`);
  }
  return problems;
}

function checkAccounts(settings: PipelineSettings): string[] {
  const problems: string[] = [];
  const wrong = settings.trailAccounts?.filter(
    (account) => !Token.isUnresolved(account) && !ACCOUNT.test(account),
  );
  if (wrong && wrong.length > 0)
    problems.push(`trailAccounts holds ${wrong.join(', ')}; write accounts of 12 digits each`);
  const { trailAccounts = [], kinds = KINDS, rulePerKind } = settings;
  const unknown = kinds.filter((kind) => !KINDS.includes(kind));
  if (unknown.length > 0)
    problems.push(`kinds holds ${unknown.join(', ')}; write some of ${KINDS.join(', ')}`);
  // A bucket takes 100 rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
  const rules = rulePerKind ? trailAccounts.length * kinds.length : 0;
  if (rules > 100)
    problems.push(
      `rulePerKind makes ${rules} notification rules and a bucket takes 100; write fewer kinds or trailAccounts`,
    );
  return problems;
}

/** By the function's own reading of them, which would refuse to start. */
function checkRules({ excludeEvents }: PipelineSettings): string[] {
  try {
    parseFilter('excludeEvents', excludeEvents?.join());
    return [];
  } catch (error) {
    return [
      error instanceof Error ? error.message.replace('; a rule is', '; write rules as') : String(error),
    ];
  }
}

/** Smallest and largest value, and where the limit is from. */
const RANGES: Partial<Record<keyof PipelineSettings, [number, number]>> = {
  // Two weeks at most: as long as the dead-letter queue keeps what comes next.
  giveUpAfterHours: [1, 336],
  // Lambda's own limits; below 512 there is a third of a CPU, too little for inflating and packing at once.
  memoryMiB: [512, 10_240],
  // The deadline margin of the function is 10 s; Lambda ends at 900 s.
  timeoutSeconds: [30, 900],
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  maxConcurrency: [2, 1000],
  reservedConcurrency: [2, 1000],
  trailRetentionDays: [0, 36_500],
  eventsRetentionDays: [0, 36_500],
  noDeliveryMinutes: [0, 1440],
};

function checkNumbers(settings: PipelineSettings): string[] {
  const problems: string[] = [];
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const given = settings[name as keyof PipelineSettings];
    if (typeof given !== 'number' || Token.isUnresolved(given)) continue;
    if (!Number.isInteger(given) || given < min || given > max)
      problems.push(`${name} is ${given}; write a whole number from ${min} to ${max}`);
  }
  const { logRetentionDays, noDeliveryMinutes = 60 } = settings;
  if (logRetentionDays !== undefined && !LOG_RETENTION_DAYS.includes(logRetentionDays))
    problems.push(`logRetentionDays is ${logRetentionDays}; write one of ${LOG_RETENTION_DAYS.join(', ')}`);
  if (noDeliveryMinutes % 5 !== 0)
    problems.push(`noDeliveryMinutes is ${noDeliveryMinutes}; write a multiple of 5, or 0 for no such alarm`);
  return problems;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
