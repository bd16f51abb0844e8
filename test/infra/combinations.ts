import { fileURLToPath } from 'node:url';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { TRIGGERS } from '../../infra/settings/settings.ts';

export const ORGANIZATION = 'o-a1b2c3d4e5';
export const KEY_ARN = 'arn:aws:kms:eu-west-3:111122223333:key/0a1b2c3d-0000-4444-8888-0123456789ab';
export const TOPIC_ARN = 'arn:aws:sns:eu-west-3:111122223333:trail';
export const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:siem-AbCdEf';

export const TRAILS = {
  New: {},
  NewWide: { insights: true, trailKeyPrefix: 'team' },
  NewOrgKey: { organizationId: ORGANIZATION, encryptTrail: true },
  Old: { trailBucketName: 'example-trail-bucket' },
  OldOrgKey: {
    trailBucketName: 'example-trail-bucket',
    organizationId: ORGANIZATION,
    trailKeyPrefix: ORGANIZATION,
    trailAccounts: ['111122223333', '444455556666'],
    insights: true,
    trailKmsKeyArn: KEY_ARN,
  },
} satisfies Record<string, PipelineSettings>;

export const DESTINATIONS = {
  S3: {},
  Http: {
    destination: 'http',
    httpEndpointUrl: 'https://intake.example.com/aws',
    httpSecretArn: SECRET_ARN,
  },
  Stream: { destination: 'stream', deliveryStreamName: 'siem' },
} satisfies Record<string, PipelineSettings>;

/** Every combination of trigger, trail and destination, under a valid stack name. */
export function combinations(): [string, PipelineSettings][] {
  return TRIGGERS.flatMap((trigger) =>
    Object.entries(TRAILS).flatMap(([trail, trailSettings]) =>
      Object.entries(DESTINATIONS).map(([destination, destinationSettings]): [string, PipelineSettings] => [
        `${trigger}-${trail}-${destination}`,
        {
          trigger,
          ...trailSettings,
          ...destinationSettings,
          ...(trigger === 'sns' && 'trailBucketName' in trailSettings ? { topicArn: TOPIC_ARN } : {}),
        },
      ]),
    ),
  );
}

/** Path of a file of account names. */
export const ACCOUNTS_FILE = fileURLToPath(new URL('files/accounts.json', import.meta.url));

const KEY = { kmsKeyArn: KEY_ARN };
const LOCK = { trailObjectLock: 'compliance', trailObjectLockDays: 365 } as const;
const SELECTORS = {
  dataEvents: ['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::SQS::Queue', 'AWS::SNS::Topic'],
  networkActivityEvents: ['s3.amazonaws.com', 'kms.amazonaws.com'],
};

/** Each option that is off by default, with the triggers and destinations that it changes. */
export const OPTIONS = {
  Key: KEY,
  KeyHttp: { ...KEY, ...DESTINATIONS.Http },
  KeyStream: { ...KEY, ...DESTINATIONS.Stream },
  KeyDirect: { ...KEY, trigger: 'direct' },
  KeySns: { ...KEY, trigger: 'sns' },
  KeyEventBridge: { ...KEY, trigger: 'eventbridge' },
  KeyExistingBucket: { ...KEY, ...TRAILS.Old },
  KeyTrailKey: { ...KEY, encryptTrail: true },
  Lock: LOCK,
  Selectors: SELECTORS,
  SelectorsSns: { ...SELECTORS, trigger: 'sns' },
  Alarms: { runbookUrl: 'https://wiki.example.com/runbook', alarmEmail: 'oncall@example.com' },
  Detection: { profile: 'detection', labels: ['env=prod', 'team=payments'], accountsFile: ACCOUNTS_FILE },
  Sekoia2026: { profile: 'sekoia-2026', maxEventBytes: 256_000, ...DESTINATIONS.Http },
  Raw: { profile: 'raw', packing: 'lines', maxEventsPerRecord: 500 },
  Destroy: { removalPolicy: 'destroy', encryptTrail: true },
  Streams: { ...KEY, streams: 3 },
  StreamsHttp: { ...DESTINATIONS.Http, streams: 2, backfill: true },
  Backfill: { backfill: true },
  BackfillHttp: { backfill: true, ...DESTINATIONS.Http },
  BackfillStreamDirect: { backfill: true, trigger: 'direct', ...DESTINATIONS.Stream },
  BackfillKey: {
    ...KEY,
    backfill: true,
    trigger: 'sns',
    backfillMaxConcurrency: 4,
    backfillBytesPerSecond: 1_000_000,
  },
  BackfillOldOrg: { backfill: true, ...TRAILS.OldOrgKey, trigger: 'eventbridge' },
  BackfillDestroy: { backfill: true, removalPolicy: 'destroy' },
  All: { ...KEY, ...LOCK, ...SELECTORS, insights: true, trigger: 'direct', backfill: true },
} satisfies Record<string, PipelineSettings>;
