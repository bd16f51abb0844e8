import { aggregatedRecords } from './aggregated-records.ts';
import { renderDigest } from './digest.ts';
import { type CorpusOptions, generateRecords } from './generate-records.ts';
import { inflateLogObject } from './log-object.ts';
import { type LogObjectName, logObjectKey } from './log-object-key.ts';
import { createRandom } from './random.ts';
import seedRecords from './seed-records.json' with { type: 'json' };
import { callsInTurn, sessionRecords, type TimedCall } from './session-records.ts';
import type { Template } from './template.ts';
import {
  intrusionTemplates,
  loginTemplates,
  paddedPolicyTemplates,
  refusedEndpointTemplates,
  refusedUserTemplates,
} from './templates/incident.ts';
import { allTemplates, insightTemplates, networkActivityTemplates } from './templates/index.ts';
import { accountIds, organizationId } from './world.ts';

export const sampleBucket = 'example-trail-bucket';

/** How a sample's content is stored. */
export type Packing = 'gzip' | 'gzip-members' | 'truncated-gzip' | 'plain';

export interface SampleObject {
  readonly name: string;
  readonly key: string;
  readonly deliveredAt: Date;
  /** Complete content before packing; a truncated object ends within it. */
  readonly inflated: Buffer;
  /** 0 for a digest. */
  readonly recordCount: number;
  readonly packing: Packing;
}

/** Builds the log objects in `events/objects/`, each with its key in the bucket. */
export function sampleObjects(): SampleObject[] {
  const logs = logSamples.map(logObject);
  return [...logs, digestObject(logs.filter((object) => object.name === 'account-trail'))];
}

/** Options of the `varied` sample, which also contains the 14 records of Sekoia's samples. */
export const variedOptions: CorpusOptions = {
  seed: 5,
  count: 600 - seedRecords.length,
  accountId: accountIds[1],
  region: 'us-east-1',
  templates: allTemplates,
  everyTemplate: true,
};

function variedRecords(): string[] {
  const records = [...generateRecords(variedOptions)];
  // Spread out, because any part of the file should contain some.
  for (const [index, record] of seedRecords.entries()) records.splice((index + 1) * 42, 0, record);
  return records;
}

interface LogSample {
  readonly name: string;
  readonly object: Omit<LogObjectName, 'time' | 'kind'> & Partial<Pick<LogObjectName, 'kind'>>;
  /** Delivery time in minutes after 08:00. */
  readonly minute: number;
  readonly records: () => string[];
  readonly packing?: Packing;
}

const paris = { accountId: accountIds[0], region: 'eu-west-3' };
const ireland = { accountId: accountIds[1], region: 'eu-west-1' };
const virginia = { accountId: accountIds[1], region: 'us-east-1' };

/** 24 calls in less than five minutes, 12 of them before nine o'clock. */
const burst = { count: 24, startTime: new Date('2026-11-03T08:57:42Z'), secondsApart: 12 };

const logSamples: readonly LogSample[] = [
  {
    name: 'account-trail',
    object: { ...paris, suffix: 'kVn2QpR7sYt4LxWz' },
    minute: 5,
    records: some({ ...paris, seed: 1, count: 50 }),
  },
  // One object per account, as in CloudTrail.
  ...accountIds.slice(1).map(
    (accountId, index): LogSample => ({
      name: `organization-trail-${index + 1}`,
      object: { accountId, region: 'eu-central-1', organizationId, suffix: `OrgMember${index + 1}aBcDeF` },
      minute: 10,
      records: some({ accountId, region: 'eu-central-1', seed: 21 + index, count: 25 }),
    }),
  ),
  {
    name: 'insight',
    object: { ...paris, kind: 'CloudTrail-Insight', suffix: 'iNs1gHtQwErTyUiO' },
    minute: 35,
    records: some({ ...paris, seed: 3, count: 4, templates: insightTemplates, everyTemplate: true }),
  },
  {
    name: 'network-activity',
    object: { ...paris, kind: 'CloudTrail-NetworkActivity', suffix: 'nEtW0rKaCt1v1tYx' },
    minute: 50,
    records: some({ ...paris, seed: 11, count: 6, templates: networkActivityTemplates, everyTemplate: true }),
  },
  {
    name: 'aggregated',
    object: { ...paris, kind: 'CloudTrail-Aggregated', suffix: 'aGgReGaTeD5m1nXy' },
    minute: 55,
    records: () => aggregatedRecords({ ...paris, seed: 12, count: 4 }),
  },
  { name: 'varied', object: { ...virginia, suffix: 'vArIeD7xKc3mPq9Z' }, minute: 15, records: variedRecords },
  {
    name: 'truncated',
    object: { ...ireland, suffix: 'tRuNcAtEd5Hj2Lw8' },
    minute: 20,
    records: some({ ...ireland, seed: 6, count: 200 }),
    packing: 'truncated-gzip',
  },
  { name: 'empty', object: { ...ireland, suffix: 'eMpTy0000aAbBcCd' }, minute: 25, records: () => [] },
  {
    name: 'multi-member',
    object: { ...ireland, suffix: 'mUlTiMeMbEr3Gz1p' },
    minute: 30,
    records: some({ ...ireland, seed: 7, count: 60 }),
    packing: 'gzip-members',
  },
  {
    name: 'plain-json',
    object: { ...ireland, suffix: 'pLaInJsOn4Zx8Vb2', extension: '.json' },
    minute: 40,
    records: some({ ...ireland, seed: 8, count: 20 }),
    packing: 'plain',
  },
  {
    name: 'encoded-key',
    object: { ...paris, prefix: 'my trails/été+1/team=sécurité', suffix: 'eNcOdEdKeY6Rt4Yu' },
    minute: 45,
    records: some({ ...paris, seed: 9, count: 30 }),
  },
  {
    name: 'incident-1',
    object: { ...virginia, suffix: 'iNc1dEnTlOg4Kz8s' },
    minute: 65,
    records: () => [
      ...sessionRecords({ ...virginia, seed: 17, actor: 'signing-in' }, onceEach(loginTemplates, 56)),
      ...sessionRecords({ ...virginia, seed: 18, actor: 'operator' }, [
        ...callsInTurn(refusedUserTemplates, burst),
        ...onceEach(intrusionTemplates, 63),
      ]),
    ],
  },
  {
    name: 'incident-2',
    object: { ...paris, kind: 'CloudTrail-NetworkActivity', suffix: 'iNc1dEnTvPc7Hn3d' },
    minute: 65,
    records: () =>
      sessionRecords(
        { ...paris, seed: 13, actor: 'outside-account' },
        callsInTurn(refusedEndpointTemplates, burst),
      ),
  },
  {
    name: 'malformed',
    object: { ...ireland, suffix: 'mAlFoRmEd9Bq2Yt6' },
    minute: 70,
    records: () => {
      const [first = '', second = '', third = ''] = generateRecords({ ...ireland, seed: 14, count: 3 });
      // A record inside a string, as from a program that encodes it twice.
      return [first, JSON.stringify(second), third];
    },
  },
  {
    name: 'oversized',
    object: { ...virginia, suffix: 'oVeRsIzEd3Fw5Jc1' },
    minute: 75,
    records: () => {
      const [first = '', last = ''] = generateRecords({ ...virginia, seed: 15, count: 2 });
      const padded = sessionRecords(
        { ...virginia, seed: 16, actor: 'operator' },
        onceEach(paddedPolicyTemplates, 70),
      );
      return [first, ...padded, last];
    },
  },
];

function some(options: CorpusOptions): () => string[] {
  return () => [...generateRecords(options)];
}

function logObject(sample: LogSample): SampleObject {
  const deliveredAt = atMinute(sample.minute);
  const records = sample.records();
  return {
    name: sample.name,
    key: logObjectKey({ kind: 'CloudTrail', ...sample.object, time: deliveredAt }),
    deliveredAt,
    inflated: Buffer.concat([...inflateLogObject(records)]),
    recordCount: records.length,
    packing: sample.packing ?? 'gzip',
  };
}

function digestObject(logObjects: readonly SampleObject[]): SampleObject {
  const keyAt = (time: Date): string =>
    logObjectKey({ ...paris, kind: 'CloudTrail-Digest', suffix: 'management-events', time });
  const deliveredAt = atMinute(60);
  const key = keyAt(deliveredAt);
  const previousKey = keyAt(atMinute(0));
  const text = renderDigest(createRandom(4), {
    accountId: paris.accountId,
    bucket: sampleBucket,
    key,
    previousKey,
    endTime: deliveredAt,
    logObjects,
  });
  return { name: 'digest', key, deliveredAt, inflated: Buffer.from(text), recordCount: 0, packing: 'gzip' };
}

function onceEach(templates: readonly Template[], minute: number): TimedCall[] {
  return callsInTurn(templates, { count: templates.length, startTime: atMinute(minute), secondsApart: 9 });
}

function atMinute(minute: number): Date {
  return new Date(Date.UTC(2026, 10, 3, 8, minute));
}
