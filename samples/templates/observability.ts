import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { functionNames } from '../world.ts';

export const observabilityTemplates: readonly Template[] = [
  {
    service: 'logs',
    event: 'CreateLogStream',
    actors: ['application', 'aws-service'],
    weight: 8,
    readOnly: false,
    eventVersion: '1.08',
    apiVersion: '20140328',
    build: (call) => ({
      requestParameters: {
        logGroupName: `/aws/lambda/${steady(call.session, functionNames)}`,
        logStreamName: `${call.time.slice(0, 10).replaceAll('-', '/')}/[$LATEST]${call.random.hex(32)}`,
      },
    }),
  },
  {
    service: 'monitoring',
    event: 'PutMetricAlarm',
    actors: ['terraform', 'service-role'],
    weight: 3,
    readOnly: false,
    eventVersion: '1.08',
    build: (call) => ({
      requestParameters: {
        alarmName: `${steady(call.session, functionNames)} – erreurs > 1 %`,
        alarmActions: [`arn:aws:sns:${call.region}:${call.accountId}:pager`],
        metrics: [],
        dimensions: [{ name: 'FunctionName', value: steady(call.session, functionNames) }],
        evaluationPeriods: 3,
        period: 60,
        threshold: 0.01,
        comparisonOperator: 'GreaterThanThreshold',
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        statistic: 'Average',
        treatMissingData: 'notBreaching',
      },
    }),
  },
  {
    service: 'monitoring',
    event: 'GetMetricData',
    category: 'Data',
    actors: ['application', 'console'],
    weight: 5,
    readOnly: true,
    eventVersion: '1.11',
    build: (call) => ({
      requestParameters: {
        startTime: call.time,
        endTime: call.time,
        metricDataQueries: ['Invocations', 'Errors', 'Throttles'].map(
          (metricName): Json => ({
            id: metricName.toLowerCase(),
            metricStat: { metric: { namespace: 'AWS/Lambda', metricName }, period: 300, stat: 'Sum' },
          }),
        ),
      },
    }),
  },
];
