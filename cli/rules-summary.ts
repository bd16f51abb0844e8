import { escapeControls } from '../lambda/aws/escape-controls.ts';
import type { Packing } from '../lambda/contract.ts';
import { formatBytes, formatDuration, formatNumber } from './format.ts';
import type { RuleTallies, Tally } from './rule-tallies.ts';
import { renderTable } from './table.ts';

/** What the amounts of money assume. */
export interface Assumptions {
  packing: Packing;
  /** Dollars per GiB that Firehose bills. */
  price: number;
}

const GIB = 1024 ** 3;
const SECONDS_PER_MONTH = 30 * 86_400;
const SHOWN_CALLS = 3;

/** One rule, or the records that no rule decides. */
interface ExplainedRule {
  /** `null` for the records that no rule decides. */
  rule: string | null;
  action: 'drop' | 'keep';
  records: number;
  /** Of all records, 0 to 1. */
  share: number;
  /** Length of the events as JSON. */
  bytes: number;
  billedBytes: number;
  /** `null` if the records span no time. */
  dollarsPerMonth: number | null;
  examples: { call: string; records: number }[];
}

/** Returns the result as JSON, for other programs. */
export function renderRulesJson(tallies: RuleTallies, { packing, price }: Assumptions): string {
  const seconds = spanOf(tallies);
  const timeOf = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);
  return JSON.stringify({
    records: tallies.records,
    from: timeOf(tallies.first),
    to: timeOf(tallies.last),
    assumptions: { packing, dollarsPerGiB: price, secondsPerMonth: SECONDS_PER_MONTH, seconds },
    rules: tallies.tallies.map((tally) => explain(tally, tallies, price)),
  });
}

/** Returns the result as lines of a table, with what the amounts of money assume. */
export function renderRules(tallies: RuleTallies, assumptions: Assumptions): string[] {
  const rows = tallies.tallies.map((tally) => {
    const explained = explain(tally, tallies, assumptions.price);
    const { rule, action, records, share, bytes, dollarsPerMonth, examples } = explained;
    return [
      rule ?? '(no rule)',
      action,
      formatNumber(records),
      `${(share * 100).toFixed(1)} %`,
      formatBytes(bytes),
      dollarsPerMonth === null ? '-' : formatDollars(dollarsPerMonth),
      examples.map(({ call, records: times }) => `${escapeControls(call)} ${formatNumber(times)}`).join(', '),
    ];
  });
  return [
    ...renderTable(['rule', 'action', 'records', 'share', 'bytes', '$/month', 'examples'], rows),
    '',
    `  ${describeAssumptions(tallies, assumptions)}`,
  ];
}

function explain(tally: Tally, all: RuleTallies, price: number): ExplainedRule {
  const { rule, records, bytes, billedBytes, calls } = tally;
  const seconds = spanOf(all);
  const top = [...calls].sort(([, a], [, b]) => b - a).slice(0, SHOWN_CALLS);
  return {
    rule: rule?.name ?? null,
    action: rule?.action ?? 'keep',
    records,
    share: all.records === 0 ? 0 : records / all.records,
    bytes,
    billedBytes,
    dollarsPerMonth: seconds > 0 ? ((billedBytes / GIB) * price * SECONDS_PER_MONTH) / seconds : null,
    examples: top.map(([call, times]) => ({ call, records: times })),
  };
}

/** Seconds between the first and the last record; 0 for fewer than two times. */
function spanOf({ first, last }: RuleTallies): number {
  return last > first ? (last - first) / 1000 : 0;
}

function formatDollars(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? '< 0.01' : dollars.toFixed(2);
}

function describeAssumptions(tallies: RuleTallies, { packing, price }: Assumptions): string {
  const seconds = spanOf(tallies);
  if (seconds === 0) return 'No $/month: the records have fewer than two different times.';
  return `$/month is what Firehose bills at $${price} per GiB with packing ${packing}, if every ${formatDuration(seconds)} of the month is like these files.`;
}
