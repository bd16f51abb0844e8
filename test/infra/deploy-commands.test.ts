import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { CloudTrailFirehoseStack } from '../../infra/stack.ts';
import { KEY_ARN, TOPIC_ARN } from './combinations.ts';
import { newApp, resolve } from './synthesize.ts';

const deploy = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');

const QUEUE = 'arn:aws:sqs:eu-west-3:111122223333:work';
const FUNCTION = 'arn:aws:lambda:eu-west-3:111122223333:function:deliver';
const DEAD = 'arn:aws:sns:eu-west-3:111122223333:dead';

/** Notifications of a bucket with rules of this stack, of others, and one whose destination is gone. */
const CONFIGURATION = {
  QueueConfigurations: [
    { Id: 'arn:aws:cloudformation:…-1', QueueArn: QUEUE, Events: ['s3:ObjectCreated:*'] },
    { Id: 'theirs', QueueArn: `${QUEUE}-2`, Events: ['s3:ObjectRemoved:*'] },
    // Another CDK stack replaced the ID.
    { Id: 'tf-s3-queue', QueueArn: QUEUE, Events: ['s3:ObjectCreated:*'] },
  ],
  LambdaFunctionConfigurations: [
    { Id: 'a', LambdaFunctionArn: FUNCTION, Events: ['s3:ObjectCreated:*'] },
    { Id: 'b', LambdaFunctionArn: `${FUNCTION}-2`, Events: ['s3:ObjectCreated:*'] },
  ],
  TopicConfigurations: [{ Id: 'c', TopicArn: DEAD, Events: ['s3:ObjectCreated:*'] }],
  EventBridgeConfiguration: {},
};

const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq)
  process.stderr.write('jq is not installed: the tests of the jq commands of docs/deploy.md are skipped.\n');

/** Runs the documented jq program that contains a text, with the arguments that the document gives it. */
function runJq(text: string, values: Record<string, string>): unknown {
  const [, program = ''] =
    [...deploy.matchAll(/'(map_values\([^']+\))'/g)].find(([found]) => found.includes(text)) ?? [];
  const args = Object.entries(values).flatMap(([name, value]) => ['--arg', name, value]);
  const { stdout, stderr } = spawnSync('jq', [...args, program], {
    input: JSON.stringify(CONFIGURATION),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe.skipIf(!hasJq)('the jq commands of docs/deploy.md', () => {
  it('take exactly the rules of this stack out of an old bucket, regardless of their IDs', () => {
    const [, theirs] = CONFIGURATION.QueueConfigurations;
    const [, other] = CONFIGURATION.LambdaFunctionConfigurations;
    expect(runJq('LambdaFunctionArn != $function', { queue: QUEUE, function: FUNCTION })).toEqual({
      ...CONFIGURATION,
      QueueConfigurations: [theirs],
      LambdaFunctionConfigurations: [other],
    });
  });

  it('take exactly the rules of a dead destination out of a bucket', () => {
    expect(runJq('!= $dead', { dead: DEAD })).toEqual({ ...CONFIGURATION, TopicConfigurations: [] });
  });
});

describe('docs/deploy.md', () => {
  it('shows the statements of the output KmsKeyPolicyStatements', () => {
    const stack = new CloudTrailFirehoseStack(newApp(), 'CloudTrailFirehose', {
      settings: { kmsKeyArn: KEY_ARN },
    });
    const { KmsKeyPolicyStatements } = Template.fromStack(stack).toJSON().Outputs;
    const [, shown = ''] = /### Your own key.*?```json\n(.*?)```/s.exec(deploy) ?? [];
    expect(JSON.parse(shown)).toEqual(JSON.parse(String(resolve(KmsKeyPolicyStatements.Value))));
  });
});

describe('synth', () => {
  const informationOf = (settings: PipelineSettings) => {
    const app = newApp();
    const { artifactId } = new CloudTrailFirehoseStack(app, 'Test', { settings });
    const { messages } = app.synth().getStackArtifact(artifactId);
    return messages.filter(({ level }) => level === 'info').map(({ entry }) => entry.data);
  };

  const BUCKET = { trailBucketName: 'b-b' } as const;

  it.each(['queue', 'direct'] as const)(
    'names the step for the rules in an earlier bucket, and that page exists: trigger %s',
    (trigger) => {
      expect(informationOf({ ...BUCKET, trigger })).toEqual([
        'The stack adds notifications for new log objects to b-b and keeps the existing ones. If this bucket replaces another one, the stack\'s rules stay in the other bucket: remove them after the deployment. See "Change the bucket" in docs/deploy.md.',
      ]);
      expect(deploy).toContain('### Change the bucket\n');
    },
  );

  it.each<PipelineSettings>([
    {},
    { ...BUCKET, trigger: 'sns', topicArn: TOPIC_ARN },
    { ...BUCKET, trigger: 'eventbridge' },
  ])('omits that step if CloudFormation removes the rules or the stack adds none: %j', (settings) => {
    expect(informationOf(settings).join()).not.toContain('Change the bucket');
  });

  it('names the key policy that a deployment with kmsKeyArn needs', () => {
    expect(informationOf({ kmsKeyArn: KEY_ARN })).toEqual([
      `The policy of ${KEY_ARN} must have the statements of the output KmsKeyPolicyStatements before you deploy. See "Your own key" in docs/deploy.md.`,
    ]);
  });
});
