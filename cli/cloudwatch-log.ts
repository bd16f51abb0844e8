import { formatMetrics, type InvocationReport } from '../lambda/settle/report.ts';

/**
 * The lines of one invocation as CloudWatch Logs holds them: Lambda's JSON log format around the report, then the
 * metrics in embedded metric format, which Lambda passes through.
 */
export function formatLogLines(report: InvocationReport, requestId: string, now: Date): string {
  const { hasErrors, ...message } = report;
  const entry = {
    timestamp: now.toISOString(),
    level: hasErrors ? 'ERROR' : 'INFO',
    requestId,
    message,
  };
  return `${JSON.stringify(entry)}\n${formatMetrics(report, 'local', now)}`;
}
