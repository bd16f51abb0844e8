import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Answer, ask, judge } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import type { AwsCall } from '../explain-error.ts';
import { type Finding, fail, ok } from '../finding.ts';
import type { Rule } from './notification-rules.ts';

const CHECK = 'destinations';

/** Error codes of a queue, topic or function that does not exist. */
const MISSING = {
  QueueDoesNotExist: false,
  'AWS.SimpleQueueService.NonExistentQueue': false,
  NotFound: false,
  NotFoundException: false,
  ResourceNotFoundException: false,
};

/** Checks that the destinations of notification rules exist. S3 rejects every change of the rules if one does not. */
export async function checkDestinations(
  rules: readonly Rule[],
  bucket: string,
  stop: AbortSignal,
): Promise<Finding[]> {
  const arns = [...new Set(rules.map(({ destination }) => destination))];
  const found = await Promise.all(arns.map(async (arn) => ({ arn, answer: await exists(arn, stop) })));
  const findings = found.flatMap(({ arn, answer }) =>
    judge(answer, (isThere) => (isThere ? [] : [dead(arn, bucket)])),
  );
  if (findings.length > 0 || arns.length === 0) return findings;
  const detail =
    arns.length === 1
      ? 'the destination of notification rules exists'
      : `all ${arns.length} destinations of notification rules exist`;
  return [ok(CHECK, detail)];
}

function dead(arn: string, bucket: string): Finding {
  const detail = `${arn} does not exist, so S3 accepts no change to the notifications. See "Existing bucket" in docs/deploy.md`;
  return fail(CHECK, detail, `aws s3api get-bucket-notification-configuration --bucket ${bucket}`);
}

/** Asks in the Region of the destination, which is the bucket's. */
async function exists(arn: string, stop: AbortSignal): Promise<Answer<boolean>> {
  const [, , service = '', region = '', account = '', name = '', functionName = ''] = arn.split(':');
  const options = { ...CLIENT_OPTIONS, region };
  const call = (operation: string): AwsCall => ({
    ...{ name: `${service} ${operation}`, action: `${service}:${operation}`, target: arn },
  });
  const client =
    service === 'sqs'
      ? new SQSClient(options)
      : service === 'sns'
        ? new SNSClient(options)
        : new LambdaClient(options);
  try {
    if (client instanceof SQSClient) {
      const input = { QueueName: name, QueueOwnerAWSAccountId: account };
      return await ask(
        CHECK,
        call('GetQueueUrl'),
        () => answers(client.send(new GetQueueUrlCommand(input), { abortSignal: stop })),
        MISSING,
      );
    }
    if (client instanceof SNSClient)
      return await ask(
        CHECK,
        call('GetTopicAttributes'),
        () => answers(client.send(new GetTopicAttributesCommand({ TopicArn: arn }), { abortSignal: stop })),
        MISSING,
      );
    const FunctionName = functionName === '' ? arn : arn.split(':').slice(0, 8).join(':');
    return await ask(
      CHECK,
      call('GetFunctionConfiguration'),
      () =>
        answers(client.send(new GetFunctionConfigurationCommand({ FunctionName }), { abortSignal: stop })),
      MISSING,
    );
  } finally {
    client.destroy();
  }
}

async function answers(sent: Promise<unknown>): Promise<boolean> {
  await sent;
  return true;
}
