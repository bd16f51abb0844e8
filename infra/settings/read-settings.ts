import type { Node } from 'constructs';
import { type PipelineSettings, SettingsError } from './settings.ts';

type Form = 'text' | 'flag' | 'number' | 'list';

/** The context keys, and what each takes. */
export const SETTINGS: Record<keyof PipelineSettings, Form> = {
  createTrail: 'flag',
  trailBucketName: 'text',
  trailBucketAccount: 'text',
  trailKeyPrefix: 'text',
  organizationId: 'text',
  trailAccounts: 'list',
  trailKmsKeyArn: 'text',
  encryptTrail: 'flag',
  trailRetentionDays: 'number',
  insights: 'flag',
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
  removalPolicy: 'text',
  alarmEmail: 'text',
  noDeliveryMinutes: 'number',
};

/**
 * Reads the settings from CDK context: `-c name=value`, or `context` in cdk.json.
 *
 * @throws SettingsError for a value of another kind, and for a key that is no setting: a setting with a typing
 * error in its name would silently not be made
 */
export function readSettings(node: Node): PipelineSettings {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, given] of Object.entries<unknown>(node.getAllContext())) {
    if (given === undefined || given === '') continue;
    const form = Object.hasOwn(SETTINGS, name) ? SETTINGS[name as keyof PipelineSettings] : undefined;
    if (form === undefined) {
      if (!isCdkOwn(name)) problems.push(`${name} is no setting; write one of ${suggestNames(name)}`);
      continue;
    }
    const value = parse(form, given);
    if (value === undefined)
      problems.push(`${name} is ${JSON.stringify(given)}; write ${EXAMPLES[form](name)}`);
    settings[name] = value;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** Feature flags and cached look-ups, which all have a mark in their names that no setting has. */
function isCdkOwn(name: string): boolean {
  return /[:@/-]/.test(name);
}

function parse(form: Form, given: unknown): unknown {
  switch (form) {
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

const EXAMPLES: Record<Form, (name: string) => string> = {
  text: (name) => `-c ${name}=some-text`,
  flag: (name) => `-c ${name}=true or -c ${name}=false`,
  number: (name) => `a whole number, like -c ${name}=60`,
  list: (name) => `a list, like -c ${name}=first,second`,
};

/** Those that share a beginning with the name, or else all. */
function suggestNames(name: string): string {
  const names = Object.keys(SETTINGS);
  const like = names.filter((other) => other.slice(0, 3).toLowerCase() === name.slice(0, 3).toLowerCase());
  return (like.length > 0 ? like : names).join(', ');
}
