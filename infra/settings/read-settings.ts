import type { Node } from 'constructs';
import { closest, distance } from 'fastest-levenshtein';
import { checkTexts } from './setting-formats.ts';
import { type AppSettings, SettingsError } from './settings.ts';

type ValueType = 'text' | 'flag' | 'number' | 'list';

/** Every context key with the type of its value. */
export const SETTINGS: Record<keyof AppSettings, ValueType> = {
  stackName: 'text',
  stackAccount: 'text',
  stackRegion: 'text',
  createTrail: 'flag',
  trailBucketName: 'text',
  trailBucketAccount: 'text',
  trailKeyPrefix: 'text',
  organizationId: 'text',
  managementAccount: 'text',
  trailAccounts: 'list',
  trailKmsKeyArn: 'text',
  encryptTrail: 'flag',
  trailRetentionDays: 'number',
  trailObjectLock: 'text',
  trailObjectLockDays: 'number',
  insights: 'flag',
  dataEvents: 'list',
  networkActivityEvents: 'list',
  kinds: 'list',
  rulePerKind: 'flag',
  trigger: 'text',
  topicArn: 'text',
  destination: 'text',
  eventsBucketName: 'text',
  eventsRetentionDays: 'number',
  receipts: 'flag',
  athena: 'flag',
  httpEndpointUrl: 'text',
  httpSecretArn: 'text',
  deliveryStreamName: 'text',
  streams: 'number',
  packing: 'text',
  profile: 'text',
  labels: 'list',
  accountsFile: 'text',
  maxEventBytes: 'number',
  maxEventsPerRecord: 'number',
  excludeEvents: 'list',
  rulesFile: 'text',
  maxDropShare: 'number',
  redact: 'text',
  redactKeySecretArn: 'text',
  giveUpAfterHours: 'number',
  memoryMiB: 'number',
  timeoutSeconds: 'number',
  maxConcurrency: 'number',
  streamBytesPerSecond: 'number',
  reservedConcurrency: 'number',
  backfill: 'flag',
  backfillMaxConcurrency: 'number',
  backfillBytesPerSecond: 'number',
  logRetentionDays: 'number',
  kmsKeyArn: 'text',
  removalPolicy: 'text',
  alarmEmail: 'text',
  noDeliveryMinutes: 'number',
  runbookUrl: 'text',
};

/**
 * Reads the settings from CDK context: `-c name=value`, or `context` in cdk.json.
 *
 * @throws SettingsError for a value of the wrong type, and for a key that looks like a misspelled setting, which
 * would otherwise have no effect. Other keys belong to other apps: `~/.cdk.json` is read for all of them.
 */
export function readSettings(node: Node): AppSettings {
  const problems: string[] = [];
  const settings: { -readonly [name in keyof AppSettings]?: unknown } = {};
  for (const [name, given] of Object.entries<unknown>(node.getAllContext())) {
    if (given === undefined || given === '') continue;
    const type = Object.hasOwn(SETTINGS, name) ? SETTINGS[name as keyof AppSettings] : undefined;
    if (type === undefined) {
      const similar = findSimilar(name);
      if (similar) problems.push(`Unknown setting ${name}. Did you mean ${similar}?`);
      continue;
    }
    const value = parse(type, given);
    if (value === undefined) problems.push(describeMismatch(name, type, given));
    settings[name as keyof AppSettings] = value;
  }
  // The stack checks the others.
  const { stackName, stackAccount, stackRegion } = settings as AppSettings;
  problems.push(...checkTexts({ stackName, stackAccount, stackRegion }));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings as AppSettings;
}

function parse(type: ValueType, given: unknown): unknown {
  switch (type) {
    case 'text':
      return typeof given === 'string' || typeof given === 'number' ? String(given) : undefined;
    case 'flag':
      if (typeof given === 'boolean') return given;
      return given === 'true' || given === 'false' ? given === 'true' : undefined;
    case 'number':
      return /^\d+$/.test(String(given)) ? Number(given) : undefined;
    case 'list':
      if (Array.isArray(given)) return given.map(String);
      return typeof given === 'string' ? given.split(',').map((item) => item.trim()) : undefined;
  }
}

function describeMismatch(name: string, type: ValueType, given: unknown): string {
  const [expected, fix] = {
    text: ['text', `Set it with -c ${name}=some-text.`],
    flag: ['true or false', `Set ${name}=true or ${name}=false.`],
    number: ['an integer', 'Use digits only.'],
    list: ['a list', 'Separate its items with commas.'],
  }[type];
  return `${name} must be ${expected} (got ${JSON.stringify(given)}). ${fix}`;
}

/** Returns the setting that a key was probably meant to be; `undefined` for a key of CDK or of another app. */
function findSimilar(name: string): string | undefined {
  // Feature flags and cached lookups have a character that no setting has, even misspelled.
  if (/[:@/]/.test(name)) return undefined;
  const given = plain(name);
  const names = Object.keys(SETTINGS);
  const nearest = closest(given, names.map(plain));
  const found = names.find((other) => plain(other) === nearest);
  if (found === undefined) return undefined;
  // Two letters in the wrong order are a distance of 2.
  const isTypo = distance(given, nearest) <= Math.max(nearest.length < 6 ? 1 : 2, nearest.length / 5);
  const shortened = names.find((other) => given.length >= SHORTEST_START && plain(other).startsWith(given));
  return isTypo ? found : shortened;
}

/** A key with fewer letters is not taken for the start of a setting. */
const SHORTEST_START = 8;

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}
