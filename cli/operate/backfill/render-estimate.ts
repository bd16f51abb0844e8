import { formatBytes, formatNumber } from '../../format.ts';
import { renderTable } from '../../table.ts';
import { ASSUMED, type Estimate, type PackingEstimate } from './estimate.ts';

const MIB = 1024 ** 2;

/** Renders time and money per packing, and what they assume. */
export function renderEstimate({ events, quota, packings }: Estimate, rate: number = quota): string[] {
  const mib = formatNumber(Math.round((rate / MIB) * 100) / 100);
  return [
    `  about ${formatNumber(events)} events`,
    '',
    ...renderTable(
      ['packing', 'to the stream', `at ${mib} MiB/s`, 'cost'],
      packings.map((each) => [
        each.packing,
        formatBytes(each.sentBytes),
        formatDays((each.days * quota) / rate),
        `$${formatDollars(each.dollars)}`,
      ]),
    ),
    '',
    `  Assumes ${ASSUMED.storedBytesPerEvent} stored bytes per event, the prices of us-east-1 in November 2026, and that`,
    "  the default quota of the stream decides. `packing` is the stack's setting: gzip for destination s3, otherwise lines.",
  ];
}

/** For `--json`. */
export function estimateToJson({ events, quota, packings }: Estimate) {
  return {
    events,
    quotaBytesPerSecond: quota,
    packings: packings.map(({ packing, sentBytes, days, dollars }: PackingEstimate) => ({
      packing,
      sentBytes: Math.round(sentBytes),
      days: round(days, 3),
      dollars: round(dollars, 2),
    })),
  };
}

/** `3 min`, `2.5 h`, `16 days`. */
export function formatDays(days: number): string {
  const minutes = days * 24 * 60;
  if (minutes < 1) return 'under a minute';
  if (minutes < 90) return `${Math.round(minutes)} min`;
  if (days < 2) return `${(days * 24).toFixed(1)} h`;
  return `${days < 10 ? days.toFixed(1) : formatNumber(Math.round(days))} days`;
}

function formatDollars(dollars: number): string {
  return dollars < 100 ? dollars.toFixed(2) : formatNumber(Math.round(dollars));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
