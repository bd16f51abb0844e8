import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { accountIds, organizationId } from '../world.ts';
import { awsDate } from './values.ts';

const organizations = { service: 'organizations', eventVersion: '1.08', region: 'us-east-1' } as const;

export const organizationsTemplates: readonly Template[] = [
  {
    ...organizations,
    event: 'DescribeOrganization',
    actors: ['console', 'service-role', 'terraform'],
    weight: 4,
    readOnly: true,
    build: () => ({}),
  },
  {
    ...organizations,
    event: 'CreateAccount',
    actors: ['console', 'terraform'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        tags: [],
        email: '****',
        accountName: '****',
      },
      responseElements: {
        createAccountStatus: {
          id: `car-${call.random.hex(32)}`,
          accountName: '****',
          state: 'IN_PROGRESS',
          requestedTimestamp: awsDate(call.time),
        },
      },
    }),
  },
  {
    ...organizations,
    event: 'AttachPolicy',
    actors: ['terraform'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: { policyId: 'p-examplepolicyid111', targetId: steady(call.session, accountIds) },
      eventContext: {
        requestContext: { 'aws:PrincipalOrgID': organizationId },
        tagContext: { resourceTags: [] },
      },
    }),
  },
];
