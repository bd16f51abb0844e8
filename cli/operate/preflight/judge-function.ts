import type {
  EventSourceMappingConfiguration,
  FunctionConfiguration,
  GetAccountSettingsCommandOutput,
} from '@aws-sdk/client-lambda';
import { type Finding, fail, ok, warn } from '../finding.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
export function judgeFunction({
  FunctionName,
  State,
  StateReason,
  LastUpdateStatus,
}: FunctionConfiguration): Finding {
  const show = `aws lambda get-function-configuration --function-name ${FunctionName}`;
  if (State !== undefined && State !== 'Active' && State !== 'Inactive')
    return fail('function', `${FunctionName} is ${State}${StateReason ? `: ${StateReason}` : ''}`, show);
  if (LastUpdateStatus === 'Failed')
    return fail('function', `the last update of ${FunctionName} failed`, show);
  return ok('function', `${FunctionName} is active`);
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
export function judgeMapping(
  mappings: readonly EventSourceMappingConfiguration[],
  workQueueArn: string,
  functionName: string,
): Finding {
  const mapping = mappings.find(({ EventSourceArn }) => EventSourceArn === workQueueArn);
  const check = 'work queue';
  if (!mapping) {
    const show = `aws lambda list-event-source-mappings --function-name ${functionName}`;
    return fail(check, `${functionName} does not read the work queue: deploy the stack again`, show);
  }
  const { State, UUID } = mapping;
  if (State === 'Enabled' || State === 'Updating' || State === 'Enabling')
    return ok(check, `the event source mapping is ${State}`);
  return fail(
    check,
    `the event source mapping is ${State}`,
    `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`,
  );
}

/**
 * Judges whether Lambda can start as many invocations as the work queue may ask for.
 *
 * @param reserved concurrency that only the function has; `undefined` if it shares the account's
 */
export function judgeConcurrency(
  { AccountLimit = {} }: Pick<GetAccountSettingsCommandOutput, 'AccountLimit'>,
  reserved: number | undefined,
  maxConcurrency: number,
): Finding {
  const check = 'concurrency';
  const { ConcurrentExecutions, UnreservedConcurrentExecutions = 0 } = AccountLimit;
  if (reserved !== undefined) {
    const detail = `the function has ${reserved} reserved, and the work queue may need ${maxConcurrency}`;
    return reserved >= maxConcurrency
      ? ok(check, detail)
      : fail(check, detail, `npx cdk deploy -c reservedConcurrency=${maxConcurrency}`);
  }
  const detail = `${UnreservedConcurrentExecutions} of ${ConcurrentExecutions} are unreserved, and the work queue may need ${maxConcurrency}`;
  const fix =
    'aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000';
  if (UnreservedConcurrentExecutions < maxConcurrency) return fail(check, detail, fix);
  return UnreservedConcurrentExecutions < 2 * maxConcurrency
    ? warn(check, `${detail}. Other functions share them`, fix)
    : ok(check, detail);
}
