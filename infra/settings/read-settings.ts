import type { Node } from 'constructs';
import { type PipelineSettings, SettingsError } from './settings.ts';

type ValueType = 'text' | 'flag' | 'number' | 'list';

/** Every context key with the type of its value. */
export const SETTINGS: Record<keyof PipelineSettings, ValueType> = {
  createTrail: 'flag',
  trailBucketName: 'text',
  trailBucketAccount: 'text',
  trailKeyPrefix: 'text',
  organizationId: 'text',
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
  athena: 'flag',
  httpEndpointUrl: 'text',
  httpSecretArn: 'text',
  deliveryStreamName: 'text',
  packing: 'text',
  excludeEvents: 'list',
  giveUpAfterHours: 'number',
  memoryMiB: 'number',
  timeoutSeconds: 'number',
  maxConcurrency: 'number',
  reservedConcurrency: 'number',
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
 * @throws SettingsError for a value of the wrong type, and for an unknown key, because a misspelled setting
 * would otherwise have no effect
 */
export function readSettings(node: Node): PipelineSettings {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, given] of Object.entries<unknown>(node.getAllContext())) {
    if (given === undefined || given === '') continue;
    const type = Object.hasOwn(SETTINGS, name) ? SETTINGS[name as keyof PipelineSettings] : undefined;
    if (type === undefined) {
      if (!isCdkKey(name)) problems.push(`Unknown setting ${name}. ${suggestNames(name)}`);
      continue;
    }
    const value = parse(type, given);
    if (value === undefined) problems.push(describeMismatch(name, type, given));
    settings[name] = value;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** Recognizes feature flags and cached lookups by a character that no setting name contains. */
function isCdkKey(name: string): boolean {
  return /[:@/-]/.test(name);
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

/** Suggests the settings that start with the same three letters, or lists every setting. */
function suggestNames(name: string): string {
  const names = Object.keys(SETTINGS);
  const similar = names.filter((other) => other.slice(0, 3).toLowerCase() === name.slice(0, 3).toLowerCase());
  return similar.length > 0
    ? `Did you mean ${similar.join(' or ')}?`
    : `Use one of ${names.join(', ')}, or remove it.`;
}
