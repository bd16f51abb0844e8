import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecord } from '../../../../lambda/normalize/normalize-record.ts';
import { createDetection } from '../../../../lambda/normalize/profiles/detection.ts';
import { CONTEXT } from '../profile-context.ts';
import { ADDITIONS, compareGenerated, compareWithSeed, written } from './compare-with-seed.ts';

const normalize = createDetection(CONTEXT);

describe('profile detection without its additions equals the seed', () => {
  const golden = new URL('../../../golden/', import.meta.url);
  const files = ['seed', 'edge', 'sekoia-2026', 'detection'].flatMap((folder) =>
    readdirSync(new URL(folder, golden)).map((file) => `${folder}/${file}`),
  );

  it.each(files)('for the golden case %s', (file) => {
    compareWithSeed(JSON.parse(readFileSync(new URL(file, golden), 'utf8')).record);
  });

  it('for 1,000 generated records, which have every addition', () => {
    expect(Object.keys(compareGenerated(1_000))).toEqual(ADDITIONS);
  });

  it('for records with any value in the members that it reads', () => {
    const value = fc.oneof(
      fc.constantFrom(null, '', 'Failure', 'AIDAEXAMPLE', true, 0, 7),
      fc.constantFrom([], {}, ['x'], { x: 1 }),
    );
    const object = (...names: string[]) =>
      fc.oneof(
        value,
        fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }),
      );
    const record = fc.record(
      {
        eventName: fc.constantFrom('ConsoleLogin', 'CreateUser'),
        eventType: fc.constantFrom('AwsApiCall', 'AwsAggregatedEvent'),
        errorCode: value,
        eventID: value,
        eventId: value,
        accountId: value,
        recipientAccountId: value,
        readOnly: value,
        resources: fc.oneof(value, fc.array(object('ARN', 'type', 'accountId'), { maxLength: 3 })),
        additionalEventData: object('MFAUsed'),
        responseElements: fc.oneof(object('ConsoleLogin'), fc.record({ user: object('userId') })),
        userIdentity: fc.oneof(
          object('accountId', 'userName'),
          fc.record({ sessionContext: fc.record({ sessionIssuer: object('userName') }) }),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(record, (members) => {
        compareWithSeed(JSON.stringify(members));
      }),
      { numRuns: 2_000, seed: 72 },
    );
  });
});

describe('profile detection', () => {
  const text = JSON.stringify({ eventName: 'A', recipientAccountId: '111122223333' });

  it('has no labels and no account names without a context', () => {
    const event = written(createDetection({})(text, parseRecord(text)));
    expect(event).not.toHaveProperty('labels');
    expect(event.cloud.account).toEqual({ id: '111122223333' });
  });

  it('names an account by a number, too', () => {
    const byNumber = '{"recipientAccountId":111122223333}';
    expect(normalize(byNumber, parseRecord(byNumber)).cloud.account).toEqual({
      id: 111122223333,
      name: 'payments-prod',
    });
  });
});
