import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { SECRET_ARN } from './combinations.ts';
import { newApp, propertiesOf, synthesize } from './synthesize.ts';

const ACCOUNT = '111122223333';

function deploy(settings: PipelineSettings, region?: string, stackName?: string): Template {
  const env = region === undefined ? {} : { account: ACCOUNT, region };
  return Template.fromStack(new CloudTrailFirehoseStack(newApp(), 'Test', { settings, env, stackName }));
}

/** Partition and console domain of a region in each partition, and of regions that CDK's tables do not have. */
const REGIONS: [string, string, string][] = [
  ['eu-west-3', 'aws', 'console.aws.amazon.com'],
  ['mx-central-1', 'aws', 'console.aws.amazon.com'],
  ['cn-north-1', 'aws-cn', 'console.amazonaws.cn'],
  ['us-gov-west-1', 'aws-us-gov', 'console.amazonaws-us-gov.com'],
  ['eusc-de-east-1', 'aws-eusc', 'console.amazonaws-eusc.eu'],
];

const VARIANTS: PipelineSettings[] = [
  { trigger: 'sns', encryptTrail: true },
  { trailBucketName: 'example-trail-bucket', trigger: 'direct' },
  {
    trigger: 'eventbridge',
    destination: 'http',
    httpEndpointUrl: 'https://intake.example.com/',
    httpSecretArn: SECRET_ARN,
  },
];

describe.each(REGIONS)('a stack in %s', (region, partition, domain) => {
  it.each(VARIANTS)('has ARNs of its own partition only: %j', (settings) => {
    const { httpSecretArn } = settings;
    const template = JSON.stringify(deploy(settings, region).toJSON()).replaceAll(
      httpSecretArn ?? SECRET_ARN,
      '',
    );
    const others = [...template.matchAll(/arn:(aws[a-z-]*):/g)].filter(([, found]) => found !== partition);
    expect(others).toEqual([]);
  });

  it('links to the console of its partition', () => {
    const { Value } = deploy({}, region).toJSON().Outputs.DashboardUrl;
    const expected = `https://${region}.${domain}/cloudwatch/home?region=${region}#dashboards:name=Test-${region}`;
    const mappings = deploy({}, region).toJSON().Mappings ?? {};
    const text =
      typeof Value === 'string'
        ? Value
        : Value['Fn::Join'][1]
            .map((part: unknown) => {
              if (typeof part === 'string') return part;
              const [map, , name] = (part as { 'Fn::FindInMap': [string, unknown, string] })['Fn::FindInMap'];
              return mappings[map][partition][name];
            })
            .join('');
    expect(text).toBe(expected);
  });
});

describe('a stack for any region', () => {
  it('finds the console of its partition at deployment', () => {
    const template = synthesize({}).toJSON();
    const found = JSON.stringify(template.Outputs.DashboardUrl.Value);
    const [, map = ''] =
      /"Fn::FindInMap":\["([^"]+)",\{"Ref":"AWS::Partition"\},"domain"\]/.exec(found) ?? [];
    expect(Object.keys(template.Mappings[map]).sort()).toEqual(['aws', 'aws-cn', 'aws-eusc', 'aws-us-gov']);
  });
});

describe('two stacks in one account', () => {
  /** Names that are unique per account and region, or in all regions. */
  function fixedNames(template: Template): string[] {
    const named = Object.values<{ Type: string; Properties?: Record<string, unknown> }>(
      template.toJSON().Resources,
    );
    const names = named.flatMap(({ Type, Properties = {} }) =>
      [
        'BucketName',
        'TrailName',
        'DashboardName',
        'AlarmName',
        'RoleName',
        'FunctionName',
        'QueueName',
        'TopicName',
        'LogGroupName',
        'DeliveryStreamName',
        'AliasName',
      ]
        .filter((name) => Properties[name] !== undefined && Type.endsWith(name.replace(/Name$/, '')))
        .map((name) => `${Type} ${Properties[name]}`),
    );
    const workGroups = named.filter(({ Type }) => Type === 'AWS::Athena::WorkGroup');
    return [...names, ...workGroups.map(({ Properties }) => `AWS::Athena::WorkGroup ${Properties?.Name}`)];
  }

  it('share no name if their stack names differ', () => {
    const [a, b] = [deploy({}, 'eu-west-3', 'One'), deploy({}, 'eu-west-3', 'Two')].map(fixedNames);
    expect(a?.length).toBeGreaterThan(10);
    expect(a?.filter((name) => b?.includes(name))).toEqual([]);
  });

  it('share no name of a global resource in two regions', () => {
    const global = /^AWS::(S3::Bucket|CloudWatch::Dashboard|IAM::Role) /;
    const [a, b] = ['eu-west-3', 'us-east-1'].map((region) =>
      fixedNames(deploy({}, region)).filter((name) => global.test(name)),
    );
    expect(a).toHaveLength(2);
    expect(a?.filter((name) => b?.includes(name))).toEqual([]);
  });

  it.each(['Two--hyphens', 'Hyphen-at-end-'])('refuse a name that the trail cannot have: %s', (stackName) => {
    expect(() => deploy({}, undefined, stackName)).toThrow(
      `The stack name must not have two hyphens in a row or one at its end to name the trail after it (got ${stackName}).`,
    );
    expect(() => deploy({ trailBucketName: 'example-trail-bucket' }, undefined, stackName)).not.toThrow();
  });
});

describe('the role of the notification handler', () => {
  it.each([
    ['Short', '/aws/lambda/Short-*'],
    ['A-stack-name-of-more-than-twenty-four-characters', '/aws/lambda/A-stack-name-of-more-tha*'],
  ])('may write the log of a function whose name CloudFormation shortens: %s', (stackName, expected) => {
    const template = deploy({ trailBucketName: 'example-trail-bucket' }, 'eu-west-3', stackName);
    expect(JSON.stringify(propertiesOf(template, 'AWS::IAM::Role', 'TrailHandlerRole'))).toContain(
      `:logs:eu-west-3:${ACCOUNT}:log-group:${expected}"`,
    );
  });
});

describe('an organization trail of a delegated administrator', () => {
  it('belongs to the management account, in the policies of bucket, key and topic', () => {
    const settings = {
      organizationId: 'o-a1b2c3d4e5',
      managementAccount: '999999999999',
      encryptTrail: true,
      trigger: 'sns',
    } as const;
    const template = deploy(settings, 'eu-west-3');
    const arn = 'arn:aws:cloudtrail:eu-west-3:999999999999:trail/Test-trail';
    for (const [type, id] of [
      ['AWS::S3::BucketPolicy', 'TrailLogs'],
      ['AWS::KMS::Key', 'TrailKey'],
      ['AWS::SNS::TopicPolicy', 'TrailTopic'],
    ] as const)
      expect(JSON.stringify(propertiesOf(template, type, id)), type).toContain(arn);
    const policy = JSON.stringify(propertiesOf(template, 'AWS::S3::BucketPolicy', 'TrailLogs'));
    expect(policy).toContain('/AWSLogs/999999999999/*');
    expect(policy).not.toContain(`/AWSLogs/${ACCOUNT}/*`);
    expect(policy).toContain('/AWSLogs/o-a1b2c3d4e5/*');
  });

  it('requires an organization, and a new trail', () => {
    expect(() => synthesize({ managementAccount: '999999999999' })).toThrow(
      'managementAccount requires organizationId (not set).',
    );
    expect(() =>
      synthesize({
        managementAccount: '999999999999',
        trailBucketName: 'b-b-b',
        organizationId: 'o-a1b2c3d4e5',
      }),
    ).toThrow('managementAccount requires a new trail (got trailBucketName=b-b-b).');
  });
});
