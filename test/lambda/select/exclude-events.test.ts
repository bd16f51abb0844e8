import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseExcludeEvents } from '../../../lambda/select/exclude-events.ts';
import { RuleSet } from '../../../lambda/select/rule-set.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, unpackEvents, useLocalAccount } from '../../run-locally.ts';

const local = useLocalAccount();
const record = (eventSource: string, eventName: string) => ({
  eventSource: `${eventSource}.amazonaws.com`,
  eventName,
});

describe('EXCLUDE_EVENTS', () => {
  it('excludes and counts the events that its rules name', async () => {
    local.reset();
    const Records = [
      record('kms', 'Decrypt'),
      record('kms', 'CreateKey'),
      record('s3', 'GetObject'),
      record('sts', 'AssumeRole'),
    ];
    local.account().s3.putObject(BUCKET, 'a.json.gz', gzipSync(JSON.stringify({ Records })));
    const { handler, reports } = local.createHandler({
      EXCLUDE_EVENTS: 'kms.amazonaws.com:Decrypt, s3.amazonaws.com:*',
    });
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(unpackEvents(local.taken).map(({ event }) => (event as { action: string }).action)).toEqual([
      'CreateKey',
      'AssumeRole',
    ]);
    expect(reports[0]).toMatchObject({
      recordsRead: 4,
      delivered: 2,
      filtered: 2,
      filteredByRule: { excludeEvents: 2 },
      failed: 0,
      leftForResume: 0,
      unbalanced: 0,
    });
  });

  it('completes an object whose records are all excluded', async () => {
    local.reset();
    local
      .account()
      .s3.putObject(BUCKET, 'a.json.gz', gzipSync(JSON.stringify({ Records: [record('s3', 'GetObject')] })));
    const { handler, reports } = local.createHandler({ EXCLUDE_EVENTS: 's3.amazonaws.com:*' });
    await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
    expect(reports[0]).toMatchObject({ objectsDone: 1, filtered: 1, firehoseCalls: 0 });
  });

  it('never excludes a record without the fields, or one that is not an object', async () => {
    const rules = new RuleSet(parseExcludeEvents('X', 'undefined:undefined, undefined:*'));
    expect(rules.find({})).toBeUndefined();
    local.reset();
    local
      .account()
      .s3.putObject(
        BUCKET,
        'a.json',
        Buffer.from('{"Records":[{},7,"s3",null,{"eventSource":"undefined",}]}'),
      );
    const { handler, reports } = local.createHandler({ EXCLUDE_EVENTS: 'undefined:undefined, undefined:*' });
    await handler(s3Event('a.json'), PLENTY_OF_TIME);
    expect(reports[0]).toMatchObject({ recordsRead: 5, delivered: 5, filtered: 0, malformed: 4 });
  });

  it('excludes Insights events by the call that they are about', () => {
    const rules = new RuleSet(parseExcludeEvents('X', 'ec2.amazonaws.com:RunInstances,kms.amazonaws.com:*'));
    const insight = (eventSource: string, eventName: string) => ({
      insightDetails: { eventSource, eventName },
    });
    expect(rules.find(insight('ec2.amazonaws.com', 'RunInstances'))?.name).toBe('excludeEvents');
    expect(rules.find(insight('kms.amazonaws.com', 'Decrypt'))?.name).toBe('excludeEvents');
    expect(rules.find(insight('ec2.amazonaws.com', 'StopInstances'))).toBeUndefined();
    const other = { eventSource: 's3.amazonaws.com', ...insight('kms.amazonaws.com', 'Decrypt') };
    expect(rules.find(other)).toBeUndefined();
  });

  it.each(['Decrypt', 'kms.amazonaws.com', '*:Decrypt', 'kms:De  crypt', 'kms: Decrypt', ':', '*'])(
    'rejects "%s"',
    (rule) => {
      expect(() => parseExcludeEvents('EXCLUDE_EVENTS', `s3.amazonaws.com:*,${rule}`)).toThrow(
        `EXCLUDE_EVENTS must contain rules of the form provider:action only (got "${rule}")`,
      );
    },
  );
});
