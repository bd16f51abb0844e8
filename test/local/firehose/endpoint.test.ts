import {
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  PutRecordBatchCommand,
  PutRecordCommand,
} from '@aws-sdk/client-firehose';
import { describe, expect, it } from 'vitest';
import { startFirehose } from '../../../local/firehose/endpoint.ts';
import { failureOf, useEndpoint } from '../use-endpoint.ts';

const firehose = useEndpoint(
  'FIREHOSE',
  () => startFirehose({ streams: ['events', 'n'.repeat(64)] }),
  (config) => new FirehoseClient(config),
);

function putSizes(sizes: number[], stream = 'events') {
  const Records = sizes.map((size) => ({ Data: Buffer.alloc(size, 'x') }));
  return firehose.client.send(new PutRecordBatchCommand({ DeliveryStreamName: stream, Records }));
}

const sizes = (count: number, size: number) => Array.from({ length: count }, () => size);
const validation = (message: RegExp) => ({
  name: 'ValidationException',
  message: expect.stringMatching(message),
});
describe('PutRecordBatch', () => {
  it('accepts the records in order, byte for byte', async () => {
    const records = [
      Buffer.from([0, 255, 128, 10]),
      Buffer.from('{"é":"😀"}\n'),
      Buffer.alloc(3),
      Buffer.alloc(2),
      Buffer.alloc(1),
    ];
    const answer = await firehose.client.send(
      new PutRecordBatchCommand({ DeliveryStreamName: 'events', Records: records.map((Data) => ({ Data })) }),
    );
    expect(answer).toMatchObject({ FailedPutCount: 0, Encrypted: false });
    expect(new Set(answer.RequestResponses?.map(({ RecordId }) => RecordId)).size).toBe(5);
    expect(firehose.endpoint.records('events')).toEqual(records);
    expect(firehose.endpoint.counts).toEqual({
      calls: 1,
      records: 5,
      bytes: 4 + 14 + 6,
      billedBytes: 5 * 5120,
      failedEntries: 0,
    });
  });

  it('accepts 499 and 500 records, rejects 501', async () => {
    await putSizes(sizes(499, 1));
    await putSizes(sizes(500, 1));
    expect(await failureOf(putSizes(sizes(501, 1)))).toMatchObject(
      validation(/at 'records' .* less than or equal to 500$/),
    );
    expect(firehose.endpoint.records('events')).toHaveLength(999);
  });

  it('accepts records of 1,023,999 and 1,024,000 bytes, rejects 1,024,001', async () => {
    await putSizes([1_023_999, 1_024_000]);
    const failure = await failureOf(putSizes([5, 1_024_001]));
    expect(failure).toMatchObject(validation(/lim=1024001 .* at 'records\.2\.member\.data' .* 1024000$/));
    expect(firehose.endpoint.counts).toMatchObject({ records: 2, bytes: 2_047_999 });
  });

  it('accepts calls of 4,194,303 and 4,194,304 bytes, rejects 4,194,305', async () => {
    const mebibyte = [524_288, 524_288];
    const almost = [...mebibyte, ...mebibyte, ...mebibyte, 524_288];
    await putSizes([...almost, 524_287]);
    await putSizes([...almost, 524_288]);
    expect(await failureOf(putSizes([...almost, 524_288, 1]))).toMatchObject({
      name: 'InvalidArgumentException',
      message: 'Records size exceeds 4 MB limit',
    });
    expect(firehose.endpoint.counts).toMatchObject({ calls: 3, records: 16, bytes: 2 * 4_194_304 - 1 });
  });

  it('rejects a call far over the limit without parsing it', async () => {
    expect(await failureOf(putSizes(sizes(9, 1_024_000)))).toMatchObject({
      $metadata: { httpStatusCode: 413 },
    });
    expect(firehose.endpoint.counts.calls).toBe(0);
  });

  it('rejects an empty record and an empty call', async () => {
    expect(await failureOf(putSizes([3, 0]))).toMatchObject(
      validation(/'records\.2\.member\.data' .* equal to 1$/),
    );
    expect(await failureOf(putSizes([]))).toMatchObject(validation(/at 'records' .* equal to 1$/));
    expect(firehose.endpoint.records('events')).toEqual([]);
  });

  it('bills each record in steps of 5,120 bytes', async () => {
    await putSizes([1, 5119, 5120, 5121, 10_240, 10_241]);
    expect(firehose.endpoint.counts.billedBytes).toBe(5120 * (1 + 1 + 1 + 2 + 2 + 3));
  });
});

describe('a stream', () => {
  it('must exist', async () => {
    expect(await failureOf(putSizes([1], 'elsewhere'))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Firehose elsewhere under account 000000000000 not found.',
      $metadata: { httpStatusCode: 400 },
    });
    expect(firehose.endpoint.records('elsewhere')).toEqual([]);
  });

  it.each(['a b', 'a/b', 'é', 'n'.repeat(65), ''])('cannot be named %j', async (name) => {
    expect(await failureOf(putSizes([1], name))).toMatchObject(validation(/at 'deliveryStreamName'/));
  });

  it('can have a name of 64 characters', async () => {
    await putSizes([1], 'n'.repeat(64));
    expect(firehose.endpoint.records('n'.repeat(64))).toHaveLength(1);
  });

  it('can be described', async () => {
    const { DeliveryStreamDescription } = await firehose.client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'events' }),
    );
    expect(DeliveryStreamDescription).toMatchObject({
      DeliveryStreamName: 'events',
      DeliveryStreamStatus: 'ACTIVE',
    });
  });
});

describe('PutRecord', () => {
  const put = (size: number) =>
    firehose.client.send(
      new PutRecordCommand({ DeliveryStreamName: 'events', Record: { Data: Buffer.alloc(size, 'x') } }),
    );

  it('accepts one record with the same size limit', async () => {
    expect((await put(1_024_000)).RecordId).toBeDefined();
    expect(await failureOf(put(1_024_001))).toMatchObject(validation(/at 'record\.data'/));
    expect(firehose.endpoint.counts).toMatchObject({ records: 1, bytes: 1_024_000 });
  });
});
