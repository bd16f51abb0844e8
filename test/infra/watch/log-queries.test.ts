import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatLogLines } from '../../../cli/cloudwatch-log.ts';
import { LOG_QUERIES } from '../../../infra/watch/log-queries.ts';
import { PLENTY_OF_TIME, s3Event, useLocalAccount } from '../../run-locally.ts';
import { synthesize } from '../synthesize.ts';

const local = useLocalAccount();

/** The report of an invocation with two failed objects, as CloudWatch Logs holds it. */
async function loggedReport(): Promise<unknown> {
  const { handler, reports } = local.createHandler();
  const body = JSON.stringify(s3Event('missing/1.json.gz', 'missing/2.json.gz'));
  const attributes = { ApproximateReceiveCount: '1' };
  await handler({ Records: [{ eventSource: 'aws:sqs', messageId: 'm', body, attributes }] }, PLENTY_OF_TIME);
  const [report] = reports;
  if (!report) throw new Error('no report');
  const [line = ''] = formatLogLines(report, 'r', new Date()).split('\n');
  return JSON.parse(line);
}

/** Finds a field as Logs Insights names it: members and list indexes, separated by dots. */
function find(logged: unknown, field: string): unknown {
  return field.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], logged);
}

function fieldsOf(query: string): string[] {
  // Without literals and names of results.
  const text = query.replace(/"[^"]*"|\bas \w+/g, '');
  return text.match(/(?:message\.[\w.]+|\b(?:level|requestId)\b|@\w+)/g) ?? [];
}

describe.each(Object.entries(LOG_QUERIES))('the log query %s', (name, lines) => {
  const query = lines.join('\n');

  it('names only fields of a report', async () => {
    const logged = await loggedReport();
    const fields = fieldsOf(query);
    expect(fields.length).toBeGreaterThan(3);
    // Every log line has these.
    for (const field of fields)
      if (field !== '@timestamp' && field !== '@message') expect(find(logged, field), field).toBeDefined();
  });

  it('is saved for the log group of the function', () => {
    const definitions = Object.values(synthesize().findResources('AWS::Logs::QueryDefinition'));
    const [group] = Object.keys(synthesize().findResources('AWS::Logs::LogGroup')).filter((id) =>
      id.startsWith('DeliverLog'),
    );
    expect(definitions.map(({ Properties }) => Properties)).toContainEqual({
      Name: `Test/${name}`,
      QueryString: query,
      LogGroupNames: [{ Ref: group }],
    });
  });
});

it('a wrong field is noticed', async () => {
  const logged = await loggedReport();
  expect(find(logged, 'message.errors.0.error')).toMatch(/NoSuchBucket/);
  // The report is not at the top of the line.
  for (const field of ['itemsFailed', 'message.errors.2.error', 'message.faults.0.fault'])
    expect(find(logged, field)).toBeUndefined();
});

it('docs/runbook.md shows the query Errors', () => {
  const runbook = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8');
  expect(runbook).toContain(`\`\`\`\n${LOG_QUERIES.Errors.join('\n')}\n\`\`\``);
});
