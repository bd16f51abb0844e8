import { Token } from 'aws-cdk-lib';
import { PACKINGS, PROFILES } from '../../lambda/contract.ts';
import { MAX_STREAMS } from '../../lambda/deliver/limits.ts';
import { parseExcludeEvents } from '../../lambda/select/exclude-events.ts';
import { KINDS } from '../../lambda/trigger/trail-kinds.ts';
import { checkSelectionFiles } from './selection-files.ts';
import { checkRanges } from './setting-ranges.ts';
import {
  type AppSettings,
  DESTINATIONS,
  OBJECT_LOCK_MODES,
  type PipelineSettings,
  TRIGGERS,
} from './settings.ts';

/** @returns one message for each setting that is invalid regardless of the other settings */
export function checkFormats(settings: PipelineSettings): string[] {
  return [
    ...checkTexts(settings),
    ...checkChoices(settings),
    ...checkAccounts(settings),
    ...checkKinds(settings),
    ...checkRules(settings),
    ...checkSelectionFiles(settings),
    ...checkSelectors(settings),
    ...checkRanges(settings),
  ];
}

const ACCOUNT = /^\d{12}$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const KEY: [RegExp, string, string] = [
  /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
  'the ARN of a KMS key, not of an alias',
  'arn:aws:kms:eu-west-3:111122223333:key/0a1b2c3d-0000-4444-8888-0123456789ab',
];

/** Format of each text setting, its description and an example. */
const FORMATS: Partial<Record<keyof AppSettings, [RegExp, string, string]>> = {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html
  stackName: [
    /^[A-Za-z][A-Za-z0-9-]{0,127}$/,
    'a letter followed by letters, digits and hyphens',
    'cloudtrail-2',
  ],
  stackAccount: [ACCOUNT, 'a 12-digit account ID', '111122223333'],
  stackRegion: [/^[a-z]+(-[a-z]+)+-\d+$/, 'a region', 'eu-west-3'],
  trailBucketName: [BUCKET, 'a bucket name, not a URL or ARN', 'my-trail-bucket'],
  eventsBucketName: [BUCKET, 'a bucket name, not a URL or ARN', 'my-event-bucket'],
  managementAccount: [ACCOUNT, 'a 12-digit account ID', '111122223333'],
  trailBucketAccount: [ACCOUNT, 'a 12-digit account ID', '111122223333'],
  // A wildcard would give the role access beyond the prefix, and IAM rejects characters after U+00FF.
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
  trailKeyPrefix: [
    /^(?!\/)(?!.*[*?$])[ -~\u00A0-\u00FF]{1,200}(?<!\/)$/,
    'a key prefix of at most 200 Latin-1 characters, without *, ?, $ or a slash at either end',
    'team/security',
  ],
  organizationId: [/^o-[a-z0-9]{10,32}$/, 'an organization ID', 'o-a1b2c3d4e5'],
  trailKmsKeyArn: KEY,
  kmsKeyArn: KEY,
  topicArn: [
    /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]{1,256}$/,
    'the ARN of a standard topic',
    'arn:aws:sns:eu-west-3:111122223333:trail',
  ],
  httpEndpointUrl: [
    /^https:\/\/[^\s/:]+(:443)?(\/\S*)?$/,
    'an https:// URL on port 443, the only port that Firehose supports',
    'https://intake.example.com/aws',
  ],
  httpSecretArn: [
    /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+-\w{6}$/,
    'the full ARN of a secret, including the six characters at its end',
    'arn:aws:secretsmanager:eu-west-3:111122223333:secret:siem-AbCdEf',
  ],
  // The role gets exactly this ARN, so it must not have a wildcard.
  redactKeySecretArn: [
    /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}$/,
    'the full ARN of a secret, including the six characters at its end',
    'arn:aws:secretsmanager:eu-west-3:111122223333:secret:redact-key-AbCdEf',
  ],
  deliveryStreamName: [
    new RegExp(`^[\\w.-]{1,64}(,[\\w.-]{1,64}){0,${MAX_STREAMS - 1}}$`),
    `a stream name, not an ARN, or up to ${MAX_STREAMS} names separated by commas`,
    'cloudtrail-events',
  ],
  alarmEmail: [/^\S+@\S+\.\S+$/, 'one email address', 'oncall@example.com'],
  // An alarm's description has at most 1,024 characters.
  runbookUrl: [
    /^https:\/\/[^\s#]{1,500}$/,
    'an https:// URL of at most 500 characters, without an anchor',
    'https://wiki.example.com/cloudtrail-firehose',
  ],
};

/** @returns one message for each text setting of the wrong format */
export function checkTexts(settings: AppSettings): string[] {
  const problems: string[] = [];
  for (const [name, [format, expected, example]] of Object.entries(FORMATS)) {
    const given = settings[name as keyof AppSettings];
    if (given === undefined || Token.isUnresolved(given) || format.test(String(given))) continue;
    problems.push(`${name} must be ${expected} (got ${JSON.stringify(given)}). Use a value like ${example}.`);
  }
  return problems;
}

const CHOICES: Partial<Record<keyof PipelineSettings, readonly string[]>> = {
  trigger: TRIGGERS,
  destination: DESTINATIONS,
  packing: PACKINGS,
  profile: PROFILES,
  trailObjectLock: OBJECT_LOCK_MODES,
  removalPolicy: ['retain', 'destroy'],
};

function checkChoices(settings: PipelineSettings): string[] {
  const problems: string[] = [];
  for (const [name, choices] of Object.entries(CHOICES)) {
    const given = settings[name as keyof PipelineSettings];
    if (given === undefined || Token.isUnresolved(given) || choices.includes(String(given))) continue;
    problems.push(
      `${name} must be one of ${choices.join(', ')} (got ${JSON.stringify(given)}). Use one of these or remove ${name}.`,
    );
  }
  return problems;
}

function checkAccounts({ trailAccounts = [] }: PipelineSettings): string[] {
  const invalid = trailAccounts.filter((account) => !Token.isUnresolved(account) && !ACCOUNT.test(account));
  if (invalid.length === 0) return [];
  return [
    `trailAccounts must contain 12-digit account IDs only (got ${invalid.join(', ')}). Use IDs like 111122223333, separated by commas.`,
  ];
}

function checkKinds({ trailAccounts = [], kinds = KINDS, rulePerKind }: PipelineSettings): string[] {
  const problems: string[] = [];
  const unknown = kinds.filter((kind) => !KINDS.includes(kind));
  if (unknown.length > 0)
    problems.push(
      `kinds must contain only ${KINDS.join(', ')} (got ${unknown.join(', ')}). Use some of these or remove kinds.`,
    );
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
  const rules = rulePerKind ? trailAccounts.length * kinds.length : 0;
  if (rules > 100)
    problems.push(
      `rulePerKind=true would create ${rules} notification rules, but a bucket supports at most 100. Set fewer kinds or trailAccounts, or remove rulePerKind.`,
    );
  return problems;
}

/** Uses the function's own parser, which would otherwise refuse the rule at startup. */
function checkRules({ excludeEvents = [] }: PipelineSettings): string[] {
  const invalid = excludeEvents.filter((rule) => {
    try {
      parseExcludeEvents('excludeEvents', rule);
      return false;
    } catch {
      return true;
    }
  });
  if (invalid.length === 0) return [];
  return [
    `excludeEvents must contain rules of the form provider:action only (got ${invalid.join(', ')}). Use rules like kms.amazonaws.com:Decrypt or s3.amazonaws.com:*, separated by commas.`,
  ];
}

/** AWS adds resource types and services, so only their form is known here. */
function checkSelectors({ dataEvents = [], networkActivityEvents = [] }: PipelineSettings): string[] {
  const problems: string[] = [];
  const types = dataEvents.filter((type) => !Token.isUnresolved(type) && !/^AWS::\w+::[\w-]+$/.test(type));
  if (types.length > 0)
    problems.push(
      `dataEvents must contain resource types only (got ${types.join(', ')}). Use types like AWS::S3::Object or AWS::Lambda::Function, separated by commas.`,
    );
  const services = networkActivityEvents.filter(
    (service) => !Token.isUnresolved(service) && !/^[a-z0-9-]+\.amazonaws\.com$/.test(service),
  );
  if (services.length > 0)
    problems.push(
      `networkActivityEvents must contain event sources only (got ${services.join(', ')}). Use sources like s3.amazonaws.com or kms.amazonaws.com, separated by commas.`,
    );
  return problems;
}
