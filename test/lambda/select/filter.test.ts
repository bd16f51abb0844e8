import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../lambda/select/filter.ts';
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

  it('never excludes a pipeline_error', () => {
    const isExcluded = parseFilter('X', 'undefined:undefined, undefined:*');
    const place = { file: { path: 's3://b/k' }, offset: 0 };
    const error = { message: 'm', type: 't' };
    expect(isExcluded({ '@timestamp': '', event: { kind: 'pipeline_error' }, error, log: place })).toBe(
      false,
    );
  });

  it.each(['Decrypt', 'kms.amazonaws.com', '*:Decrypt', 'kms:De  crypt', 'kms: Decrypt', ':', '*'])(
    'rejects "%s"',
    (rule) => {
      expect(() => parseFilter('EXCLUDE_EVENTS', `s3.amazonaws.com:*,${rule}`)).toThrow(
        `EXCLUDE_EVENTS must contain rules of the form provider:action only (got "${rule}")`,
      );
    },
  );
});
