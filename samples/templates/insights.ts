import { type Json, numberText } from '../json-text.ts';
import type { Call, Template } from '../template.ts';

/**
 * Unusual numbers of calls or errors. They are delivered in objects of their own, and have neither caller
 * nor request: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-insight-details.html
 */
const insight = {
  service: 'cloudtrail',
  category: 'Insight',
  actors: ['service-role'],
  weight: 1,
  readOnly: true,
} as const;

export const insightTemplates: readonly Template[] = [
  ...(['Start', 'End'] as const).flatMap((state): Template[] => [
    {
      ...insight,
      event: 'ApiCallRateInsight',
      variant: state,
      build: (call) => ({
        sharedEventId: insightId(call, '0a77c801'),
        insightDetails: {
          state,
          eventSource: 'ec2.amazonaws.com',
          eventName: 'RunInstances',
          insightType: 'ApiCallRateInsight',
          insightContext: context(call, state, [
            attribution('userIdentityArn', roleArn(call, 'batch'), roleArn(call, 'AutoScaling')),
            attribution('userAgent', 'Boto3/1.40.57 md/Botocore#1.40.57', 'autoscaling.amazonaws.com'),
            attribution('errorCode', 'null', 'null'),
          ]),
        },
      }),
    },
    {
      ...insight,
      event: 'ApiErrorRateInsight',
      variant: state,
      build: (call) => ({
        sharedEventId: insightId(call, '5b1ec902'),
        insightDetails: {
          state,
          eventSource: 's3.amazonaws.com',
          eventName: 'GetBucketPolicy',
          insightType: 'ApiErrorRateInsight',
          errorCode: 'NoSuchBucketPolicy',
          insightContext: context(call, state, [
            attribution(
              'userIdentityArn',
              roleArn(call, 'AWSConfig-Describe'),
              `arn:aws:iam::${call.accountId}:root`,
            ),
            attribution('userAgent', 'config.amazonaws.com', 'AWS Internal'),
          ]),
        },
      }),
    },
  ]),
];

/** Start and end share one id: here those of the same account, kind and hour. */
function insightId(call: Call, kind: string): string {
  const [month, day, hour] = [call.time.slice(5, 7), call.time.slice(8, 10), call.time.slice(11, 13)];
  return `${kind}-${month}${day}-4${hour}0-8000-${call.accountId}`;
}

/** Only the end knows how long it took. */
function context(call: Call, state: 'Start' | 'End', attributions: Json): Json {
  return {
    statistics: {
      baseline: { average: numberText('9.48587E-5') },
      insight: { average: call.random.int(40, 900) / 8 },
      ...(state === 'End' ? { insightDuration: call.random.int(1, 12) } : {}),
      baselineDuration: 10_542,
    },
    attributions,
  };
}

function attribution(attribute: string, unusual: string, usual: string): Json {
  return {
    attribute,
    insight: [{ value: unusual, average: 1.3333333333 }],
    baseline: [
      { value: usual, average: 0.0020868905 },
      { value: unusual, average: numberText('9.5E-5') },
    ],
  };
}

function roleArn(call: Call, sessionName: string): string {
  return `arn:aws:sts::${call.accountId}:assumed-role/${sessionName}Role/${sessionName}`;
}
