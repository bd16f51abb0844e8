import { accessKeyId, principalId } from '../identities.ts';
import { steady } from '../session.ts';
import type { Template } from '../template.ts';
import { teamTags, userNames } from '../world.ts';
import { awsDate } from './values.ts';

/** IAM is a global service: its events are recorded in us-east-1. */
const iam = { service: 'iam', eventVersion: '1.10', region: 'us-east-1' } as const;

export const iamUserTemplates: readonly Template[] = [
  {
    ...iam,
    event: 'CreateUser',
    actors: ['console', 'operator', 'terraform'],
    weight: 2,
    readOnly: false,
    build: (call) => {
      const userName = call.random.pick(userNames);
      return {
        requestParameters: { userName, tags: [{ key: 'Équipe', value: call.random.pick(teamTags) }] },
        responseElements: {
          user: {
            path: '/',
            userName,
            userId: principalId(call.random, 'AIDA'),
            arn: `arn:aws:iam::${call.accountId}:user/${userName}`,
            createDate: awsDate(call.time),
            tags: [{ key: 'Équipe', value: call.random.pick(teamTags) }],
          },
        },
      };
    },
  },
  {
    ...iam,
    event: 'CreateAccessKey',
    actors: ['operator', 'console', 'root'],
    weight: 2,
    readOnly: false,
    build: (call) => ({
      requestParameters: { userName: steady(call.session, userNames) },
      responseElements: {
        accessKey: {
          userName: steady(call.session, userNames),
          accessKeyId: accessKeyId(call.random, 'AKIA'),
          status: 'Active',
          createDate: awsDate(call.time),
        },
      },
    }),
  },
  {
    ...iam,
    event: 'UpdateLoginProfile',
    actors: ['console', 'operator'],
    weight: 1,
    readOnly: false,
    build: (call) => ({
      requestParameters: { userName: steady(call.session, userNames), passwordResetRequired: true },
    }),
  },
  {
    ...iam,
    event: 'EnableMFADevice',
    actors: ['console', 'root'],
    weight: 2,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        userName: steady(call.session, userNames),
        serialNumber: `arn:aws:iam::${call.accountId}:mfa/${steady(call.session, userNames)}-phone`,
      },
    }),
  },
];
