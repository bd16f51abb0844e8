import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { teamTags } from '../world.ts';

export const deploymentTemplates: readonly Template[] = [
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
