import type { Template } from '../template.ts';
import { awsDate } from './values.ts';

const cloudtrail = { service: 'cloudtrail', eventVersion: '1.10' } as const;
const detectorId = '12abc34d567e8fa901bc2d34e56789f0';

export const securityTemplates: readonly Template[] = [
  {
    ...cloudtrail,
    event: 'StopLogging',
    actors: ['operator', 'root', 'console'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        name: `arn:aws:cloudtrail:${call.region}:${call.accountId}:trail/management-events`,
      },
    }),
  },
  {
    ...cloudtrail,
    event: 'LookupEvents',
    actors: ['console', 'root', 'operator'],
    weight: 5,
    readOnly: true,
    build: () => ({
      requestParameters: {
        maxResults: 50,
        lookupAttributes: [{ attributeKey: 'ReadOnly', attributeValue: 'false' }],
      },
    }),
  },
  {
    ...cloudtrail,
    event: 'PutEventSelectors',
    actors: ['terraform', 'console'],
    weight: 1,
    readOnly: false,
    build: (call) => {
      const trailArn = `arn:aws:cloudtrail:${call.region}:${call.accountId}:trail/management-events`;
      const advancedEventSelectors = [
        {
          name: 'Événements de gestion',
          fieldSelectors: [{ field: 'eventCategory', equals: ['Management'] }],
        },
        {
          name: 'S3 objects, without our own logs',
          fieldSelectors: [
            { field: 'eventCategory', equals: ['Data'] },
            { field: 'resources.type', equals: ['AWS::S3::Object'] },
            { field: 'resources.ARN', notStartsWith: ['arn:aws:s3:::example-access-logs/'] },
          ],
        },
      ];
      return {
        requestParameters: { trailName: trailArn, advancedEventSelectors },
        responseElements: { trailARN: trailArn, advancedEventSelectors },
      };
    },
  },
  {
    service: 'guardduty',
    event: 'GetFindings',
    actors: ['application', 'console'],
    weight: 3,
    readOnly: true,
    build: (call) => ({
      requestParameters: { detectorId, findingIds: [call.random.hex(32), call.random.hex(32)] },
    }),
  },
  {
    service: 'guardduty',
    event: 'DeleteDetector',
    actors: ['operator', 'terraform'],
    weight: 1,
    readOnly: false,
    build: () => ({ requestParameters: { detectorId } }),
  },
  {
    service: 'config',
    event: 'PutEvaluations',
    actors: ['application', 'service-role'],
    weight: 4,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        evaluations: Array.from({ length: 3 }, () => ({
          complianceResourceType: 'AWS::S3::Bucket',
          complianceResourceId: `example-${call.random.hex(6)}`,
          complianceType: call.random.pick(['COMPLIANT', 'NON_COMPLIANT']),
          orderingTimestamp: awsDate(call.time),
        })),
        resultToken: `EXAMPLE${call.random.hex(40)}`,
        testMode: false,
      },
      responseElements: { failedEvaluations: [] },
    }),
  },
  {
    service: 'access-analyzer',
    event: 'ValidatePolicy',
    actors: ['console', 'terraform'],
    weight: 1,
    readOnly: true,
    build: () => ({
      requestParameters: { policyType: 'IDENTITY_POLICY', locale: 'EN', policyDocument: '***' },
    }),
  },
];
