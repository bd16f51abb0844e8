import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../../lambda/contract.ts';
import { ObjectLedger } from '../../../lambda/deliver/ledger.ts';
import { Sender, type SenderOptions } from '../../../lambda/deliver/send-records.ts';
import { createHandler } from '../../../lambda/handler.ts';
import { formatMetrics } from '../../../lambda/settle/format-metrics.ts';
import { type InvocationReport, reportInvocation } from '../../../lambda/settle/report.ts';
import { settleItems } from '../../../lambda/settle/settle-items.ts';
import { noSkips } from '../../../lambda/trigger/notification.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';
import { BUCKET, PLENTY_OF_TIME, s3Event, useLocalAccount } from '../../run-locally.ts';

const local = useLocalAccount();

describe('the report of an invocation', () => {
  it('is one structured log line and one line of metrics', async () => {
    local.reset();
    const eventTime = new Date(Date.now() - 90_000).toISOString();
    local
      .account()
      .s3.putObject(BUCKET, 'a.json.gz', gzipSync(JSON.stringify({ Records: [{ eventTime }, 7] })));
    local.createHandler();
    const lines = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const logged = vi.spyOn(console, 'log').mockReturnValue(undefined);
    try {
      await createHandler(local.account().environment)(s3Event('a.json.gz'), PLENTY_OF_TIME);
      expect(logged.mock.calls).toEqual([
        [expect.objectContaining({ recordsRead: 2, delivered: 2, malformed: 1, errors: [] })],
      ]);
      const metrics = JSON.parse(String(lines.mock.calls[0]?.[0]));
      expect(lines).toHaveBeenCalledTimes(1);
      expect(metrics).toMatchObject({
        RecordsRead: 2,
        Delivered: 2,
        Malformed: 1,
        Objects: 1,
        [METRIC_DIMENSION]: 'local',
      });
      expect(metrics.DeliveryLag).toBeGreaterThanOrEqual(90);
      expect(metrics.DeliveryLag).toBeLessThan(150);
    } finally {
      lines.mockRestore();
      logged.mockRestore();
    }
  });

  it('is published even if the invocation failed, and lists the error', async () => {
    local.reset({ s3: () => ({ kind: 'accessDenied' }) });
    const { handler, reports } = local.createHandler({ WORK_QUEUE_URL: '' });
    await expect(handler(s3Event('a.json.gz'), PLENTY_OF_TIME)).rejects.toThrow();
    expect(reports).toMatchObject([
      {
        objects: 1,
        objectsDone: 0,
        itemsFailed: 1,
        errors: [
          {
            object: `s3://${BUCKET}/a.json.gz`,
            nextRecord: 0,
            error: expect.stringMatching(/^S3 GetObject: AccessDenied \(HTTP 403\): /),
          },
        ],
      },
    ]);
  });
});

describe('record counts that do not match', () => {
  it('are reported as an error, and all items of the invocation fail', async () => {
    const ref = { bucket: 'b', key: 'k.json.gz', nextRecord: 0, attempt: 0 };
    const ledger = new ObjectLedger();
    // Read but never entered, as a bug in the pipeline would leave it.
    ledger.recordsRead++;
    const counts = { inflatedBytes: 0, eventBytes: 0 };
    const object = { ref, stream: 's', etag: undefined, ledger, outcome: 'records' } as const;
    const { counts: sent } = new Sender({} as SenderOptions);
    const result = { objects: [object], counts, sent, deliveryErrors: [] };
    const items = [{ messageId: 'm', notification: { refs: [ref], skipped: noSkips() } }];
    const options = { maxAttemptsWithoutProgress: 3, giveUpAfterHours: 72, random: () => 0, now: 0 };
    const settlement = await settleItems(items, result, { ...options, sendResume: async () => {} });
    expect(reportInvocation(items, result, settlement, { accepted: 0, lost: 0 }, 0)).toMatchObject({
      unbalanced: 1,
      itemsFailed: 1,
      errors: [{ error: 'record counts do not match' }],
      hasErrors: true,
    });
  });
});

it('an object of an unknown kind is read and counted', async () => {
  local.reset();
  const key = 'AWSLogs/111122223333/CloudTrail-Tomorrow/eu-west-3/2026/11/22/a.json.gz';
  local.account().s3.putObject(BUCKET, key, gzipSync('{"Records":[{}]}'));
  const { handler, reports } = local.createHandler({ TRAIL_ROOT: 'AWSLogs/' });
  await handler(s3Event(key), PLENTY_OF_TIME);
  expect(reports[0]).toMatchObject({ unknownKinds: 1, delivered: 1 });
});

describe('the lag of a delivery', () => {
  it('is that of the oldest record, and ignores leap seconds, which Date does not support', async () => {
    const clock = new VirtualClock(Date.UTC(2017, 0, 1));
    const lagOf = async (...eventTimes: string[]) => {
      local.reset();
      const Records = eventTimes.map((eventTime) => ({ eventTime }));
      local.account().s3.putObject(BUCKET, 'a.json.gz', gzipSync(JSON.stringify({ Records })));
      const { handler, reports } = local.createHandler({ PACKING: 'single' }, { clock });
      await handler(s3Event('a.json.gz'), PLENTY_OF_TIME);
      return reports[0]?.deliveryLagSeconds;
    };
    const leap = '2016-12-31T23:59:60Z';
    expect(await lagOf(leap)).toBe(0);
    expect(await lagOf('2016-12-31T23:59:30Z', leap, '2016-12-31T23:59:50Z')).toBe(30);
  });
});

describe('the metrics line', () => {
  const counts = Object.fromEntries(Object.keys(METRICS).map((name, i) => [name, i]));
  const line = formatMetrics(
    { ...counts, errors: [] } as unknown as InvocationReport,
    'my-function',
    new Date(1_700_000_000_000),
  );
  const metrics = JSON.parse(line);

  it('has every metric of the contract with its unit and value', () => {
    const [directive] = metrics._aws.CloudWatchMetrics;
    expect(directive.Namespace).toBe(METRIC_NAMESPACE);
    expect(directive.Dimensions).toEqual([[METRIC_DIMENSION]]);
    expect(directive.Metrics.map(({ Name }: { Name: string }) => Name)).toEqual(Object.values(METRICS));
    for (const [i, name] of Object.values(METRICS).entries()) expect(metrics[name]).toBe(i);
    const units = Object.fromEntries(
      directive.Metrics.map(({ Name, Unit }: Record<string, string>) => [Name, Unit]),
    );
    expect(units).toMatchObject({ RecordsRead: 'Count', FirehoseBytes: 'Bytes', DeliveryLag: 'Seconds' });
  });

  it('conforms to the format: one line, at most 100 metrics, a time in milliseconds', () => {
    expect(line).not.toContain('\n');
    expect(metrics._aws.CloudWatchMetrics[0].Metrics.length).toBeLessThanOrEqual(100);
    expect(metrics._aws.Timestamp).toBe(1_700_000_000_000);
  });
});
