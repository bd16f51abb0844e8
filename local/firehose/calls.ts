import { setTimeout as sleep } from 'node:timers/promises';
import { type EntrySelection, type FirehoseRequest, isSelected } from '../faults.ts';
import type { JsonAnswer, JsonObject } from '../http/aws-json.ts';
import { Refusal } from '../http/serve.ts';
import { answerWithoutAccepting, appliesAfterAccepting, type FaultAfterAccepting } from './apply-faults.ts';
import { billedStepBytes, checkStreamName, decodeBatch, decodeSingle } from './limits.ts';
import type { FirehoseRun, RecordSink } from './run.ts';

/**
 * Answers one API call: applies the fault, validates the input like the service, then accepts the records.
 *
 * @throws Refusal with the service's error
 */
export async function callFirehose(
  run: FirehoseRun,
  sink: RecordSink,
  name: string,
  input: JsonObject,
): Promise<JsonAnswer> {
  const operation = knownOperation(name);
  const fault = run.fault?.(describe(operation, input, run.counts.calls));
  run.counts.calls += 1;
  if (fault !== undefined && !appliesAfterAccepting(fault)) {
    run.faultsExercised[fault.kind] += 1;
    return answerWithoutAccepting(fault);
  }
  const stream = checkStreamName(input);
  if (operation === 'DescribeDeliveryStream') {
    checkExists(run, stream);
    return { output: description(stream) };
  }
  const records = operation === 'PutRecord' ? [decodeSingle(input)] : decodeBatch(input);
  checkExists(run, stream);
  const answers = accept(run, sink, stream, records, fault);
  if (fault?.kind === 'resetAfter') return 'reset';
  if (fault?.kind === 'hang') return { hang: fault };
  if (fault?.kind === 'slow') await sleep(fault.delayMs, undefined, { ref: false });
  return { output: operation === 'PutRecord' ? singleOutput(answers) : batchOutput(answers) };
}

function knownOperation(name: string): FirehoseRequest['operation'] {
  if (name === 'PutRecordBatch' || name === 'PutRecord' || name === 'DescribeDeliveryStream') return name;
  throw new Refusal(400, 'UnknownOperationException', '');
}

/** Describes the call for the hook, which runs before validation, so the input can be of any type. */
function describe(
  operation: FirehoseRequest['operation'],
  input: JsonObject,
  sequence: number,
): FirehoseRequest {
  const { DeliveryStreamName: stream, Records: records } = input;
  const batchCount = Array.isArray(records) ? records.length : 0;
  return {
    operation,
    stream: typeof stream === 'string' ? stream : '',
    entryCount: operation === 'PutRecord' ? 1 : batchCount,
    sequence,
  };
}

function checkExists(run: FirehoseRun, stream: string): void {
  if (run.accepted.has(stream)) return;
  throw new Refusal(
    400,
    'ResourceNotFoundException',
    `Firehose ${stream} under account 000000000000 not found.`,
  );
}

/** The answer to one entry: the record ID, or the error code of a rejected entry. */
type EntryAnswer = { RecordId: string } | { ErrorCode: EntryErrorCode; ErrorMessage: string };
type EntryErrorCode = keyof typeof entryMessages;

const entryMessages = {
  ServiceUnavailableException: 'Slow down.',
  InternalFailure: 'Internal service failure.',
} as const;

function accept(
  run: FirehoseRun,
  sink: RecordSink,
  stream: string,
  records: Buffer[],
  fault: FaultAfterAccepting | undefined,
): EntryAnswer[] {
  const failing: EntrySelection | undefined = fault?.entries;
  const code = (fault?.kind === 'partial' && fault.errorCode) || 'ServiceUnavailableException';
  let failed = 0;
  const answers = records.map((data, index): EntryAnswer => {
    if (isSelected(failing, index)) {
      failed += 1;
      return { ErrorCode: code, ErrorMessage: entryMessages[code] };
    }
    run.counts.records += 1;
    run.counts.bytes += data.length;
    run.counts.billedBytes += Math.ceil(data.length / billedStepBytes) * billedStepBytes;
    sink(stream, data);
    return { RecordId: `record-${run.counts.records}` };
  });
  run.counts.failedEntries += failed;
  if (fault !== undefined && (fault.kind !== 'partial' || failed > 0)) run.faultsExercised[fault.kind] += 1;
  return answers;
}

function batchOutput(answers: EntryAnswer[]): JsonObject {
  const failed = answers.filter((answer) => 'ErrorCode' in answer).length;
  return { FailedPutCount: failed, Encrypted: false, RequestResponses: answers };
}

function singleOutput([answer]: EntryAnswer[]): JsonObject {
  if (answer !== undefined && 'RecordId' in answer) return { RecordId: answer.RecordId, Encrypted: false };
  throw new Refusal(503, 'ServiceUnavailableException', 'Slow down.');
}

function description(stream: string): JsonObject {
  return {
    DeliveryStreamDescription: {
      DeliveryStreamName: stream,
      DeliveryStreamARN: `arn:aws:firehose:us-east-1:000000000000:deliverystream/${stream}`,
      DeliveryStreamStatus: 'ACTIVE',
      DeliveryStreamType: 'DirectPut',
      VersionId: '1',
      Destinations: [],
      HasMoreDestinations: false,
    },
  };
}
