import type { NotificationConfiguration } from '@aws-sdk/client-s3';

/** A notification rule of a bucket. */
export interface Rule {
  readonly id: string;
  readonly events: readonly string[];
  /** Form-encoded, as S3 stores it. */
  readonly prefix: string;
  readonly suffix: string;
  /** ARN of the queue, topic or function. */
  readonly destination: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html */
export function rulesOf(configuration: NotificationConfiguration): Rule[] {
  const {
    QueueConfigurations = [],
    TopicConfigurations = [],
    LambdaFunctionConfigurations = [],
  } = configuration;
  return [
    ...QueueConfigurations.map((rule) => ({ ...rule, destination: rule.QueueArn })),
    ...TopicConfigurations.map((rule) => ({ ...rule, destination: rule.TopicArn })),
    ...LambdaFunctionConfigurations.map((rule) => ({ ...rule, destination: rule.LambdaFunctionArn })),
  ].map(({ Id = '', Events = [], Filter, destination = '' }) => {
    const filter = (name: string) =>
      Filter?.Key?.FilterRules?.find((rule) => rule.Name?.toLowerCase() === name)?.Value ?? '';
    return { id: Id, events: Events, prefix: filter('prefix'), suffix: filter('suffix'), destination };
  });
}

/**
 * Whether S3 rejects two rules of one bucket: they share an event type, one prefix begins the other, and one suffix ends
 * the other. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
export function overlap(a: Rule, b: Rule): boolean {
  return (
    a.events.some((event) => b.events.some((other) => isSameEvent(event, other))) &&
    (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
    (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix))
  );
}

/** `s3:ObjectCreated:*` includes `s3:ObjectCreated:Put`. */
function isSameEvent(a: string, b: string): boolean {
  const [typeA, typeB] = [a, b].map((event) => event.replace(/\*$/, ''));
  return (
    a === b ||
    (a.endsWith('*') && b.startsWith(typeA ?? '')) ||
    (b.endsWith('*') && a.startsWith(typeB ?? ''))
  );
}
