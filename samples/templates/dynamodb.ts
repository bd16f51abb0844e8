import { type Json, numberText } from '../json-text.ts';
import { steady } from '../session.ts';
import type { Body, Call, Template } from '../template.ts';
import { tableNames } from '../world.ts';
import { resource } from './values.ts';

const dynamodb = { service: 'dynamodb', eventVersion: '1.11', apiVersion: '2012-08-10' } as const;

export const dynamodbTemplates: readonly Template[] = [
  ...(
    [
      ['GetItem', 14, true],
      ['PutItem', 8, false],
      ['Query', 5, true],
    ] as const
  ).map(
    ([event, weight, readOnly]): Template => ({
      ...dynamodb,
      event,
      category: 'Data',
      actors: ['application'],
      weight,
      readOnly,
      build: (call) => itemBody(call, event),
    }),
  ),
  {
    ...dynamodb,
    event: 'UpdateTable',
    actors: ['terraform', 'service-role'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: { tableName: steady(call.session, tableNames), billingMode: 'PAY_PER_REQUEST' },
      responseElements: {
        tableDescription: {
          tableArn: tableArn(call),
          tableName: steady(call.session, tableNames),
          tableStatus: 'UPDATING',
          // More digits than a double holds, and an exponent.
          itemCount: numberText('9007199254740993'),
          tableSizeBytes: numberText('18014398509481985'),
          provisionedThroughput: { numberOfDecreasesToday: 0, writeCapacityUnits: 0, readCapacityUnits: 0 },
          creationDateTime: numberText('1.736674867E9'),
        },
      },
      requestId: dynamoRequestId(call),
      resources: [resource(call.accountId, 'AWS::DynamoDB::Table', tableArn(call))],
    }),
  },
];

function itemBody(call: Call, event: 'GetItem' | 'PutItem' | 'Query'): Body {
  const tableName = steady(call.session, tableNames);
  // Only the keys of an item are recorded.
  const key: Json =
    event === 'PutItem'
      ? { items: ['pk', 'sk'].map((name) => ({ [name]: `ORDER#${call.random.int(100_000, 999_999)}` })) }
      : { pk: `ORDER#${call.random.int(100_000, 999_999)}` };
  return {
    requestParameters: {
      tableName,
      ...(event === 'Query'
        ? { keyConditionExpression: '#pk = :pk', limit: 25, scanIndexForward: false }
        : { key }),
      ...(event === 'GetItem' ? { consistentRead: false } : {}),
    },
    requestId: dynamoRequestId(call),
    resources: [resource(call.accountId, 'AWS::DynamoDB::Table', tableArn(call))],
  };
}

function tableArn(call: Call): string {
  return `arn:aws:dynamodb:${call.region}:${call.accountId}:table/${steady(call.session, tableNames)}`;
}

function dynamoRequestId(call: Call): string {
  return `${call.random.text(42, '0123456789ABCDEFGHIJKLMNOPQRSTUV')}VV4KQNSO5A`;
}
