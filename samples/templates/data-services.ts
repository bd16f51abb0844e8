import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { keyPrefixes } from '../world.ts';
import { resource } from './values.ts';

export const dataServiceTemplates: readonly Template[] = [
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
];
