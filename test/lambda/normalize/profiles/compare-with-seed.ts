import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { JsonObject, SekoiaEvent } from '../../../../lambda/normalize/event.ts';
import { normalizeRecord, parseRecord } from '../../../../lambda/normalize/normalize-record.ts';
import { createDetection } from '../../../../lambda/normalize/profiles/detection.ts';
import { generateRecords } from '../../../../samples/generate-records.ts';
import { CONTEXT } from '../profile-context.ts';

const normalize = createDetection(CONTEXT);

export const written = (event: SekoiaEvent): SekoiaEvent => JSON.parse(JSON.stringify(event));

/** Removes members from a copy's object, and the object if it is then empty. */
function remove<Parent extends object>(
  parent: Parent | undefined,
  name: keyof Parent & string,
  members: string[],
): void {
  const object = parent?.[name] as Record<string, unknown> | undefined;
  if (!parent || !object) return;
  for (const member of members) delete object[member];
  if (Object.keys(object).length === 0) delete parent[name];
}

/** Takes off what profile `detection` adds. */
function withoutAdditions(detection: SekoiaEvent, record: JsonObject): SekoiaEvent {
  const event = structuredClone(detection);
  event.event.outcome = event.action.outcome = 'success';
  delete event.event.id;
  delete event.labels;
  if (event.related?.user === undefined) remove(event, 'user', ['name']);
  for (const resource of event.action.properties?.resources ?? []) {
    delete resource.accountId;
    delete resource.type;
  }
  remove(event.aws, 'cloudtrail', [
    ...['additional_event_data', 'event_category', 'management_event', 'read_only'],
    ...['shared_event_id', 'vpc_endpoint_id'],
  ]);
  if (event.aws && !('cloudtrail' in event.aws)) delete event.aws;
  delete event.cloud.account?.name;
  const isAggregated = record.eventType === 'AwsAggregatedEvent';
  const accountOfSeed = isAggregated ? event.action.properties?.recipientAccountId : event.user?.id;
  if (accountOfSeed === undefined) delete event.cloud.account;
  return event;
}

/**
 * Expects profile `detection` without its additions to equal the seed.
 *
 * @returns the additions that this record has
 */
export function compareWithSeed(text: string): string[] {
  const record = parseRecord(text);
  const detection = written(normalize(text, record));
  const [rest, seed] = [withoutAdditions(detection, record), written(normalizeRecord(text))];
  // The matcher is slow. It only describes the difference.
  if (!isDeepStrictEqual(rest, seed)) expect(rest).toStrictEqual(seed);
  const cloudtrail = detection.aws?.cloudtrail ?? {};
  return [
    detection.event.outcome === 'failure' && 'failure',
    detection.event.id !== undefined && 'id',
    detection.user?.name !== undefined && detection.related?.user === undefined && 'user.name',
    detection.cloud.account !== undefined && detection.user?.id === undefined && 'account',
    detection.cloud.account?.name !== undefined && 'account.name',
    detection.action.properties?.resources?.some(({ type }) => type !== undefined) && 'resources',
    'read_only' in cloudtrail && 'read_only',
    'additional_event_data' in cloudtrail && 'mfa_used',
    'vpc_endpoint_id' in cloudtrail && 'vpc_endpoint_id',
    'shared_event_id' in cloudtrail && 'shared_event_id',
  ].filter((addition) => addition !== false && addition !== undefined);
}

/** Compares generated records. Returns how many had each addition, in the order of the names. */
export function compareGenerated(count: number): Record<string, number> {
  const seen = new Map<string, number>();
  for (const text of generateRecords({ seed: 71, count, everyTemplate: true }))
    for (const addition of compareWithSeed(text)) seen.set(addition, (seen.get(addition) ?? 0) + 1);
  return Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every addition that `compareWithSeed` counts. */
export const ADDITIONS = [
  ...['account', 'account.name', 'failure', 'id', 'mfa_used', 'read_only', 'resources'],
  ...['shared_event_id', 'user.name', 'vpc_endpoint_id'],
];
