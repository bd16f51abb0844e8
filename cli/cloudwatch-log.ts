import { formatMetrics, formatRuleMetrics } from '../lambda/settle/format-metrics.ts';
import { type InvocationReport, toLogMessage } from '../lambda/settle/report.ts';

/**
 * The lines of one invocation as CloudWatch Logs holds them: Lambda's JSON log format around the report, then the
 * metrics in embedded metric format, which Lambda passes through. The runtime's logger makes this form: function
 * `formatJsonMessage` of the npm package `aws-lambda-ric` 4.0.2.
 */
export function formatLogLines(report: InvocationReport, requestId: string, now: Date): string {
  const entry = {
    timestamp: now.toISOString(),
    level: report.hasErrors ? 'ERROR' : 'INFO',
    requestId,
    message: toLogMessage(report),
  };
  const lines = [JSON.stringify(entry), formatMetrics(report, 'local', now)];
  return [...lines, ...formatRuleMetrics(report, 'local', now)].join('\n');
}
