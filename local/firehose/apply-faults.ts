import type { FirehoseFault } from '../faults.ts';
import type { JsonAnswer } from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';

export type FaultAfterAccepting = Extract<
  FirehoseFault,
  { kind: 'partial' | 'resetAfter' | 'slow' | 'hang' }
>;
type FaultInsteadOfAccepting = Exclude<FirehoseFault, FaultAfterAccepting>;

/** Returns whether the call is validated and its records accepted before the fault applies. */
export function appliesAfterAccepting(fault: FirehoseFault): fault is FaultAfterAccepting {
  return ['partial', 'resetAfter', 'slow', 'hang'].includes(fault.kind);
}

/**
 * Returns the answer to a call that accepts no record.
 *
 * @throws Refusal with the service's error
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/CommonErrors.html)
 */
export function answerWithoutAccepting(fault: FaultInsteadOfAccepting): JsonAnswer {
  switch (fault.kind) {
    case 'refuse':
      return 'hangUp';
    case 'answer':
      throw new Refusal(fault.status, fault.code, fault.message ?? '');
    case 'page':
      return { page: fault.text, status: fault.status };
    case 'resetBefore':
      return 'reset';
    case 'throttle': {
      const code = fault.errorCode ?? 'ServiceUnavailableException';
      throw new Refusal(code === 'ServiceUnavailableException' ? 503 : 400, code, throttleMessages[code]);
    }
    case 'badRequest':
      throw new Refusal(
        400,
        'InvalidArgumentException',
        'The specified input parameter has a value that is not valid.',
      );
    case 'tooLarge':
      throw new Refusal(413, '', '');
    case 'serverError':
      throw new Refusal(500, 'InternalFailure', '');
    case 'notFound':
      throw new Refusal(400, 'ResourceNotFoundException', 'Firehose not found under account.');
    case 'accessDenied':
      throw new Refusal(
        400,
        'AccessDeniedException',
        'User is not authorized to perform: firehose:PutRecordBatch',
      );
  }
}

const throttleMessages = {
  ServiceUnavailableException: 'Slow down.',
  ThrottlingException: 'Rate exceeded',
  LimitExceededException: 'You have already reached the limit for a requested resource.',
} as const;
