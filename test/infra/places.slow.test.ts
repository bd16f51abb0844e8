import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { SECRET_ARN } from './combinations.ts';
import { type Json, newApp, propertiesOf, resolve, synthesize } from './synthesize.ts';

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

/** Resolves references to pseudo parameters, and conditions on them, as CloudFormation does in a region. */
function inRegion({ Conditions, ...template }: Json, partition: string, region: string): unknown {
  const pseudo: Record<string, string> = {
    'AWS::Partition': partition,
    'AWS::Region': region,
    'AWS::AccountId': ACCOUNT,
  };
  function visit(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const [[name, value] = ['', undefined]] = Object.entries(node);
    if (name === 'Ref') return pseudo[String(value)] ?? node;
    if (name === 'Fn::Join') {
      const [separator, parts] = value as [string, unknown[]];
      const texts = parts.map(visit);
      return texts
        .map((text) => (typeof text === 'string' ? text : `<${JSON.stringify(text)}>`))
        .join(separator);
    }
    if (name === 'Fn::If') {
      const [condition, yes, no] = value as [string, unknown, unknown];
      return visit(holds(visit((Conditions as Json)[condition])) ? yes : no);
    }
    return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, visit(member)]));
  }
  return visit(template);
}

interface Condition {
  'Fn::Equals'?: [unknown, unknown];
  'Fn::Or'?: Condition[];
}

function holds(condition: unknown): boolean {
  const { 'Fn::Equals': both, 'Fn::Or': any } = condition as Condition;
  if (any) return any.some(holds);
  if (!both) throw new Error(`unknown condition ${JSON.stringify(condition)}`);
  return both[0] === both[1];
}

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

  it.each(VARIANTS)('has ARNs of its own partition only, if only the deployment knows it: %j', (settings) => {
    const template = JSON.stringify(inRegion(synthesize(settings).toJSON(), partition, region));
    const { httpSecretArn = SECRET_ARN } = settings;
    const arns = [...template.replaceAll(httpSecretArn, '').matchAll(/arn:(aws[a-z-]*):/g)];
    expect(arns.length).toBeGreaterThan(7);
    expect(arns.filter(([, found]) => found !== partition)).toEqual([]);
  });

  it('links to the console of its partition', () => {
    const expected = `https://${region}.${domain}/cloudwatch/home?region=${region}#dashboards:name=Test-${region}`;
    for (const template of [deploy({}, region), synthesize({})]) {
      const { Outputs } = inRegion(template.toJSON(), partition, region) as { Outputs: Outputs };
      expect(Outputs.DashboardUrl.Value).toBe(expected);
    }
  });
});

interface Outputs {
  DashboardUrl: { Value: unknown };
}

describe('a stack in a partition that is not in the list', () => {
  it('has an URL of the default console, and can be deployed', () => {
    const { Outputs } = inRegion(synthesize({}).toJSON(), 'aws-iso', 'us-iso-east-1') as { Outputs: Outputs };
    expect(Outputs.DashboardUrl.Value).toMatch(/^https:\/\/us-iso-east-1\.console\.aws\.amazon\.com\//);
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

describe('the log of the notification handler', () => {
  it('has a group of the stack, because CloudFormation shortens the name of the function', () => {
    const stackName = 'A-stack-name-of-more-than-twenty-four-characters';
    const template = deploy({ trailBucketName: 'example-trail-bucket' }, 'eu-west-3', stackName);
    const [id] = Object.keys(template.findResources('AWS::Logs::LogGroup')).filter((name) =>
      name.startsWith('TrailHandlerLog'),
    );
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: Match.stringLikeRegexp('^python'),
      LoggingConfig: { LogGroup: { Ref: id } },
    });
    const role = JSON.stringify(propertiesOf(template, 'AWS::IAM::Role', 'TrailHandlerRole'));
    expect(role).toContain(JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] }));
    expect(role).not.toContain('log-group');
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

  const settings: PipelineSettings = {
    organizationId: 'o-a1b2c3d4e5',
    managementAccount: '999999999999',
  };

  it('can encrypt for its trails in all regions', () => {
    const { KeyPolicy } = propertiesOf(
      deploy({ ...settings, encryptTrail: true }, 'eu-west-3'),
      'AWS::KMS::Key',
      'TrailKey',
    );
    expect(JSON.stringify(KeyPolicy)).toContain('arn:aws:cloudtrail:*:999999999999:trail/*');
    expect(JSON.stringify(KeyPolicy)).not.toContain(`:${ACCOUNT}:trail`);
  });

  it('is not in the template, because CloudFormation would look for it in the stack’s account', () => {
    deploy(settings, 'eu-west-3').resourceCountIs('AWS::CloudTrail::Trail', 0);
    for (const own of [{ ...settings, managementAccount: ACCOUNT }, { organizationId: 'o-a1b2c3d4e5' }]) {
      const template = deploy(own, 'eu-west-3');
      template.resourceCountIs('AWS::CloudTrail::Trail', 1);
      expect(template.toJSON().Outputs).not.toHaveProperty('CreateTrailCommand');
    }
  });

  it('has an output with the commands that create it', () => {
    const { Outputs } = deploy(settings, 'eu-west-3').toJSON();
    expect(resolve(Outputs.CreateTrailCommand.Value)).toBe(
      [
        'aws cloudtrail create-trail --region eu-west-3 --name Test-trail --s3-bucket-name test-trail-111122223333-eu-west-3 --is-organization-trail --is-multi-region-trail --include-global-service-events --enable-log-file-validation',
        'aws cloudtrail start-logging --region eu-west-3 --name arn:aws:cloudtrail:eu-west-3:999999999999:trail/Test-trail',
      ].join(' && '),
    );
  });

  it('has all options of a new trail in the commands', () => {
    const options: PipelineSettings = {
      ...settings,
      encryptTrail: true,
      trigger: 'sns',
      insights: true,
      trailKeyPrefix: "team's logs",
      dataEvents: ['AWS::S3::Object'],
    };
    const { managementAccount: _, ...own } = options;
    const { Outputs } = deploy(options, 'eu-west-3').toJSON();
    const [create = '', selectors = '', insights = '', start = '', ...others] = String(
      resolve(Outputs.CreateTrailCommand.Value),
    ).split(' && ');
    expect(others).toEqual([]);
    expect(create).toContain(
      ` --s3-key-prefix 'team'\\''s logs' --kms-key-id <TrailKey.Arn> --sns-topic-name <TrailTopic> --is-organization-trail `,
    );
    // The selectors are those of a trail that CloudFormation creates.
    const trail = resolve(propertiesOf(deploy(own, 'eu-west-3'), 'AWS::CloudTrail::Trail')) as Json;
    const jsonOf = (command: string) => JSON.parse(/'(.*)'$/.exec(command)?.[1] ?? '');
    expect(jsonOf(selectors)).toEqual(trail.AdvancedEventSelectors);
    expect(jsonOf(insights)).toEqual(trail.InsightSelectors);
    const arn = 'arn:aws:cloudtrail:eu-west-3:999999999999:trail/Test-trail';
    for (const command of [selectors, insights]) expect(command).toContain(` --trail-name ${arn} `);
    expect(start).toMatch(new RegExp(`start-logging .* --name ${arn}$`));
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
