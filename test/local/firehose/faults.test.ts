import { FirehoseClient, PutRecordBatchCommand, PutRecordCommand } from '@aws-sdk/client-firehose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FirehoseFault, FirehoseRequest } from '../../../local/faults.ts';
import { startFirehose } from '../../../local/firehose/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const received: string[] = [];

const firehose = useEndpoint(
  'FIREHOSE',
  () =>
    startFirehose({ streams: ['events'], onRecord: (stream, data) => received.push(`${stream}: ${data}`) }),
  (config) => new FirehoseClient(config),
);
beforeEach(() => {
  received.length = 0;
});

function put(texts: string[], by = firehose.client) {
  const Records = texts.map((text) => ({ Data: Buffer.from(text) }));
  return by.send(new PutRecordBatchCommand({ DeliveryStreamName: 'events', Records }));
}

const accepted = () => firehose.endpoint.records('events').map(String);
describe('partial', () => {
  it('rejects the listed entries and accepts the others in order', async () => {
    firehose.endpoint.reset(() => ({ kind: 'partial', entries: [0, 2] }));
    const answer = await put(['a', 'b', 'c', 'd']);
    const slowDown = { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' };
    expect(answer.FailedPutCount).toBe(2);
    expect(answer.RequestResponses).toEqual([
      slowDown,
      { RecordId: expect.any(String) },
      slowDown,
      { RecordId: expect.any(String) },
    ]);
    expect(accepted()).toEqual(['b', 'd']);
    expect(received).toEqual(['events: b', 'events: d']);
    expect(firehose.endpoint.counts).toMatchObject({ calls: 1, records: 2, failedEntries: 2 });
    expect(firehose.endpoint.faultsExercised.partial).toBe(1);
  });

  it('rejects entries by a predicate, with the other error code', async () => {
    firehose.endpoint.reset(() => ({
      kind: 'partial',
      entries: (index) => index > 0,
      errorCode: 'InternalFailure',
    }));
    const { RequestResponses } = await put(['a', 'b']);
    expect(RequestResponses?.[1]).toEqual({
      ErrorCode: 'InternalFailure',
      ErrorMessage: 'Internal service failure.',
    });
    expect(accepted()).toEqual(['a']);
  });

  it('is not counted if no entry is selected', async () => {
    firehose.endpoint.reset(() => ({ kind: 'partial', entries: [7] }));
    expect((await put(['a'])).FailedPutCount).toBe(0);
    expect(firehose.endpoint.faultsExercised.partial).toBe(0);
  });

  it('fails a PutRecord call', async () => {
    firehose.endpoint.reset(() => ({ kind: 'partial', entries: [0] }));
    const single = firehose.client.send(
      new PutRecordCommand({ DeliveryStreamName: 'events', Record: { Data: Buffer.from('a') } }),
    );
    expect(await failureOf(single)).toMatchObject({ name: 'ServiceUnavailableException' });
    expect(accepted()).toEqual([]);
  });
});

describe('a call', () => {
  it.each<[FirehoseFault, string, number]>([
    [{ kind: 'throttle' }, 'ServiceUnavailableException', 503],
    [{ kind: 'throttle', errorCode: 'ThrottlingException' }, 'ThrottlingException', 400],
    [{ kind: 'throttle', errorCode: 'LimitExceededException' }, 'LimitExceededException', 400],
    [{ kind: 'badRequest' }, 'InvalidArgumentException', 400],
    [{ kind: 'tooLarge' }, 'Unknown', 413],
    [{ kind: 'serverError' }, 'InternalFailure', 500],
    [{ kind: 'notFound' }, 'ResourceNotFoundException', 400],
    [{ kind: 'accessDenied' }, 'AccessDeniedException', 400],
  ])('with the fault %j fails with %s', async (fault, name, httpStatusCode) => {
    firehose.endpoint.reset(() => fault);
    expect(await failureOf(put(['a']))).toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(firehose.endpoint.faultsExercised[fault.kind]).toBe(1);
    expect(accepted()).toEqual([]);
  });

  it.each(['resetBefore', 'refuse'] as const)('with the fault %s is not accepted', async (kind) => {
    firehose.endpoint.reset(() => ({ kind }));
    expect(await failureOf(put(['a']))).toMatchObject({ name: 'TimeoutError', code: 'ECONNRESET' });
    expect(firehose.endpoint.faultsExercised[kind]).toBe(1);
    expect(accepted()).toEqual([]);
  });

  it('with the fault resetAfter is accepted, except for the listed entries, and not answered', async () => {
    firehose.endpoint.reset(() => ({ kind: 'resetAfter', entries: [1] }));
    expect(await failureOf(put(['a', 'b', 'c']))).toMatchObject({ name: 'TimeoutError', code: 'ECONNRESET' });
    expect(firehose.endpoint.faultsExercised.resetAfter).toBe(1);
    expect(accepted()).toEqual(['a', 'c']);
  });

  it('with the fault resetAfter is accepted twice if the client retries', async () => {
    firehose.endpoint.reset(({ sequence }) => (sequence === 0 ? { kind: 'resetAfter' } : undefined));
    const retrying = firehose.connect(2);
    expect((await put(['a'], retrying)).FailedPutCount).toBe(0);
    expect(accepted()).toEqual(['a', 'a']);
    retrying.destroy();
  });

  it('with the fault slow is accepted at once and answered later', async () => {
    firehose.endpoint.reset(() => ({ kind: 'slow', delayMs: 80, entries: [0] }));
    const startedAt = performance.now();
    let answered = false;
    const answer = put(['a', 'b']).finally(() => {
      answered = true;
    });
    while (accepted().length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(answered).toBe(false);
    expect((await answer).FailedPutCount).toBe(1);
    expect(performance.now() - startedAt).toBeGreaterThan(75);
    expect(accepted()).toEqual(['b']);
    expect(firehose.endpoint.faultsExercised.slow).toBe(1);
  });

  it('that the service rejects anyway does not count its fault', async () => {
    firehose.endpoint.reset(() => ({ kind: 'resetAfter' }));
    expect(await failureOf(put(['']))).toMatchObject({ name: 'ValidationException' });
    expect(firehose.endpoint.faultsExercised.resetAfter).toBe(0);
  });
});

describe('a client that disconnects', () => {
  it('before the answer causes no error in the endpoint', async () => {
    const printed = vi.spyOn(console, 'error');
    firehose.endpoint.reset(() => ({ kind: 'slow', delayMs: 40 }));
    const Records = [{ Data: Buffer.from('a') }];
    const command = new PutRecordBatchCommand({ DeliveryStreamName: 'events', Records });
    const failure = await failureOf(firehose.client.send(command, { abortSignal: AbortSignal.timeout(10) }));
    expect(failure).toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    firehose.endpoint.reset();
    expect((await put(['b'])).FailedPutCount).toBe(0);
    expect(printed).not.toHaveBeenCalled();
  });
});

describe('reset', () => {
  it('passes each call to the new hook, from sequence 0, and removes the records', async () => {
    const seen: FirehoseRequest[] = [];
    const hook = (request: FirehoseRequest) => void seen.push(request);
    firehose.endpoint.reset(hook);
    await put(['a', 'b']);
    firehose.endpoint.reset(hook);
    await put(['c']);
    expect(seen).toEqual([
      { operation: 'PutRecordBatch', stream: 'events', entryCount: 2, sequence: 0 },
      { operation: 'PutRecordBatch', stream: 'events', entryCount: 1, sequence: 0 },
    ]);
    expect(accepted()).toEqual(['c']);
    expect(firehose.endpoint.counts.calls).toBe(1);
  });

  it('does not record an earlier call in the new run', async () => {
    firehose.endpoint.reset(() => ({ kind: 'slow', delayMs: 30 }));
    const late = put(['old']);
    while (accepted().length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    firehose.endpoint.reset();
    expect((await late).FailedPutCount).toBe(0);
    expect(accepted()).toEqual([]);
    expect(firehose.endpoint.counts).toMatchObject({ calls: 0, records: 0 });
    expect(firehose.endpoint.faultsExercised.slow).toBe(0);
  });
});
