import { describe, expect, it } from 'vitest';
import { unknown } from '../../cli/operate/finding.ts';
import { problemsOf, type StatusReport, statusOf } from '../../cli/operate/status/status-report.ts';
import { renderConclusion, renderStatus, toJson } from '../../cli/operate/status/status-summary.ts';

const queue = (name: string, isDeadLetters: boolean, visible = 0, inFlight = 0, delayed = 0) => ({
  ...{ name, isDeadLetters, visible, inFlight, delayed, oldestSeconds: undefined },
});

const HEALTHY: StatusReport = {
  stack: 'Mine',
  region: 'eu-west-3',
  atMs: Date.parse('2026-11-03T10:07:06Z'),
  queues: [queue('work queue', false, 9, 9, 9), queue('dead letters', true)],
  deadLetters: [],
  alarms: { total: 14, on: [], withoutData: 2 },
  delivery: {
    lagSeconds: undefined,
    oldestUnfinishedSeconds: undefined,
    bytesPerSecond: undefined,
    quotaBytesPerSecond: 1_048_576,
    throttledRecords: undefined,
  },
  digest: { endMs: undefined },
  backfill: undefined,
  unknown: [],
};

describe('the status of a pipeline', () => {
  it('is healthy without alarms and dead letters, even with messages on the work queue', () => {
    expect({ problems: problemsOf(HEALTHY), status: statusOf(HEALTHY) }).toEqual({ problems: [], status: 0 });
    expect(renderConclusion(HEALTHY)).toBe('✔ no alarm on, no dead letters');
    expect(toJson(HEALTHY)).toMatchObject({ result: 'healthy', lastDigest: null, backfill: null });
  });

  it.each<[string, Partial<StatusReport>, string[]]>([
    ['an alarm', { alarms: { total: 14, on: ['Mine-NoDelivery'], withoutData: 0 } }, ['1 alarm on']],
    ['visible dead letters', { queues: [queue('dead letters', true, 1)] }, ['1 dead letter']],
    ['dead letters in flight', { queues: [queue('dead letters', true, 0, 2)] }, ['2 dead letters']],
    [
      'dead letters of a backfill',
      { queues: [queue('dead letters', true, 1), queue('b', true, 1)] },
      ['2 dead letters'],
    ],
  ])('is wrong with %s', (_, change, problems) => {
    const report = { ...HEALTHY, ...change };
    expect({ problems: problemsOf(report), status: statusOf(report) }).toEqual({ problems, status: 1 });
    expect(renderConclusion(report)).toBe(`✖ ${problems.join('; ')}`);
  });

  it('is unknown if a part could not be read, unless something is wrong', () => {
    const report = { ...HEALTHY, alarms: undefined, unknown: [unknown('alarms', 'why')] };
    expect(statusOf(report)).toBe(2);
    expect(renderConclusion(report)).toBe('✖ could not tell: alarms');
    expect(renderStatus(report)).toContain('  alarms: could not tell: why');
    const wrong = { ...report, queues: [queue('dead letters', true, 1)] };
    expect(statusOf(wrong)).toBe(1);
    expect(renderConclusion(wrong)).toBe('✖ 1 dead letter; could not tell: alarms');
  });

  it('names alarms without data, and the state of a backfill', () => {
    const lines = renderStatus({ ...HEALTHY, backfill: 'Disabled' });
    expect(lines).toContain('  alarms       0 of 14 on, 2 without data');
    expect(lines).toContain('  backfill     Disabled');
  });

  it('escapes what a message contains', () => {
    expect(
      renderStatus({ ...HEALTHY, deadLetters: [{ reason: 'a\u001b[2J', messages: 1 }] }).join(''),
    ).not.toContain('\u001b');
  });
});
