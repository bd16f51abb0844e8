import type { Json } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { functionNames, keyPrefixes, teamTags } from '../world.ts';
import { resource } from './values.ts';

export const operationsTemplates: readonly Template[] = [
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
  {
    service: 'cloudformation',
    event: 'CreateStack',
    actors: ['console', 'operator', 'application'],
    weight: 1,
    readOnly: false,
    eventVersion: '1.10',
    build: (call) => ({
      requestParameters: {
        stackName: `shop-${call.random.hex(4)}`,
        templateURL: 'https://example-web-assets.s3.amazonaws.com/templates/shop.yaml',
        parameters: [{ parameterKey: 'Environment' }, { parameterKey: 'DatabasePassword' }],
        capabilities: ['CAPABILITY_NAMED_IAM'],
        tags: [{ key: 'Team', value: steady(call.session, teamTags) }],
        disableRollback: false,
      },
      responseElements: {
        stackId: `arn:aws:cloudformation:${call.region}:${call.accountId}:stack/shop/${call.random.uuid()}`,
      },
    }),
  },
  {
    service: 'cloudformation',
    event: 'DescribeStacks',
    actors: ['terraform', 'console', 'service-role'],
    weight: 5,
    readOnly: true,
    eventVersion: '1.10',
    build: () => ({ requestParameters: { stackName: 'shop' } }),
  },
  {
    service: 'elasticloadbalancing',
    event: 'DescribeTargetHealth',
    actors: ['service-role', 'application'],
    weight: 7,
    readOnly: true,
    eventVersion: '1.08',
    apiVersion: '2015-12-01',
    build: (call) => ({
      requestParameters: {
        targetGroupArn: `arn:aws:elasticloadbalancing:${call.region}:${call.accountId}:targetgroup/shop-api/73e2d6bc24d8a067`,
      },
    }),
  },
  {
    service: 'autoscaling',
    event: 'SetDesiredCapacity',
    actors: ['service-role', 'operator', 'application'],
    weight: 2,
    readOnly: false,
    eventVersion: '1.08',
    build: (call) => ({
      requestParameters: {
        autoScalingGroupName: 'web',
        desiredCapacity: call.random.int(2, 40),
        honorCooldown: false,
      },
    }),
  },
  {
    service: 'sqs',
    event: 'ReceiveMessage',
    category: 'Data',
    actors: ['application'],
    weight: 6,
    readOnly: true,
    build: (call) => ({
      requestParameters: {
        queueUrl: `https://sqs.${call.region}.amazonaws.com/${call.accountId}/orders`,
        maxNumberOfMessages: 10,
        waitTimeSeconds: 20,
        attributeNames: ['All'],
      },
      resources: [
        resource(call.accountId, 'AWS::SQS::Queue', `arn:aws:sqs:${call.region}:${call.accountId}:orders`),
      ],
    }),
  },
  {
    service: 'sns',
    event: 'Publish',
    category: 'Data',
    actors: ['application'],
    weight: 4,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        topicArn: `arn:aws:sns:${call.region}:${call.accountId}:orders`,
        message: 'HIDDEN_DUE_TO_SECURITY_REASONS',
        subject: 'HIDDEN_DUE_TO_SECURITY_REASONS',
        messageAttributes: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      },
      responseElements: { messageId: call.random.uuid() },
      resources: [
        resource(call.accountId, 'AWS::SNS::Topic', `arn:aws:sns:${call.region}:${call.accountId}:orders`),
      ],
    }),
  },
  {
    service: 'athena',
    event: 'StartQueryExecution',
    actors: ['federated', 'console', 'application'],
    weight: 3,
    readOnly: false,
    eventVersion: '1.08',
    escape: 'html',
    build: (call) => ({
      requestParameters: {
        queryString: `SELECT customer, sum(total) AS "montant €"\nFROM orders\nWHERE day >= date '2026-11-0${call.random.int(1, 9)}' AND total <> 0 -- c:\\tmp\nGROUP BY 1`,
        clientRequestToken: call.random.uuid(),
        workGroup: 'analysts',
        queryExecutionContext: { database: 'lake' },
        resultConfiguration: {
          outputLocation: `s3://example-data-lake-prod/${steady(call.session, keyPrefixes)}/`,
        },
      },
      responseElements: { queryExecutionId: call.random.uuid() },
    }),
  },
  {
    service: 'bedrock',
    event: 'InvokeModel',
    actors: ['application'],
    weight: 2,
    readOnly: true,
    build: (call) => ({
      requestParameters: { modelId: 'example.text-model-v1:0' },
      additionalEventData: {
        inferenceRegion: call.region,
        inputTokens: call.random.int(10, 9000),
        outputTokens: 512,
      },
    }),
  },
  {
    service: 'route53',
    event: 'ChangeResourceRecordSets',
    actors: ['terraform', 'application', 'service-role'],
    weight: 2,
    readOnly: false,
    eventVersion: '1.08',
    apiVersion: '2013-04-01',
    region: 'us-east-1',
    build: (call) => ({
      requestParameters: {
        hostedZoneId: 'Z0123456789EXAMPLE',
        changeBatch: {
          changes: [
            {
              action: 'UPSERT',
              resourceRecordSet: {
                name: `_${call.random.hex(32)}.shop.example.com.`,
                type: 'CNAME',
                tTL: 300,
                resourceRecords: [{ value: `_${call.random.hex(32)}.acm-validations.aws.` }],
              },
            },
          ],
        },
      },
      responseElements: {
        changeInfo: { id: `/change/C${call.random.base32(20)}`, status: 'PENDING', submittedAt: call.time },
      },
      additionalEventData: { Note: 'Do not use to reconstruct hosted zone' },
    }),
  },
];
