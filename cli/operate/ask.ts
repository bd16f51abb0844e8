import { toCallError } from '../../lambda/aws/call-error.ts';
import { CouldNotTellError, describeError } from '../endings.ts';
import { type AwsCall, concernsEveryCall, explainError } from './explain-error.ts';
import { type Finding, unknown } from './finding.ts';

/** What AWS answered, or the line that explains why it did not. */
export type Answer<Value> = { readonly value: Value } | { readonly finding: Finding };

/**
 * Makes one call for a check.
 *
 * @param meanings what an error code means, for those that answer the question: `NoSuchLifecycleConfiguration`
 * @throws the error if no other call would be answered either
 */
export async function ask<Value>(
  check: string,
  call: AwsCall,
  send: () => Promise<Value>,
  meanings: Record<string, Value> = {},
): Promise<Answer<Value>> {
  try {
    return { value: await send() };
  } catch (error) {
    const { code } = toCallError(call.name, error);
    const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
    if (meaning !== undefined) return { value: meaning };
    const explained = explainError(call, error);
    if (!(explained instanceof CouldNotTellError) || concernsEveryCall(call.name, error)) throw explained;
    return { finding: unknown(check, explained.message) };
  }
}

/** Judges an answer, or returns the line that explains why there is none. */
export function judge<Value>(
  answer: Answer<Value>,
  judgement: (value: Value) => Finding | readonly Finding[],
): Finding[] {
  if ('finding' in answer) return [answer.finding];
  const findings = judgement(answer.value);
  return Array.isArray(findings) ? [...findings] : [findings as Finding];
}

/** Returns the answer; `undefined` if there is none. */
export function answered<Value>(answer: Answer<Value> | undefined): Value | undefined {
  return answer && 'value' in answer ? answer.value : undefined;
}

/** Runs a check that makes several calls, like lists. Its first error is one line. */
export async function tell(check: string, run: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CouldNotTellError) || error.concernsEveryCall) throw error;
    return [unknown(check, describeError(error))];
  }
}
