import type { IRule } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** Services between the bucket and the work queue. Only their own metrics show that they lost a notification. */
export interface Senders {
  /** EventBridge rules that send to the work queue. @default - no rule */
  readonly rules?: readonly IRule[];
  /** Topic that sends to the work queue. @default - no topic */
  readonly topic?: ITopic;
  /** Whether the bucket invokes the function directly. @default false */
  readonly isDirect?: boolean;
}
