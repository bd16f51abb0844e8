import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FirehoseEndpoint, startFirehose } from '../../../local/firehose/endpoint.ts';

let endpoint: FirehoseEndpoint;

beforeAll(async () => {
  endpoint = await startFirehose({ streams: ['events'] });
});
beforeEach(() => endpoint.reset());
afterAll(() => endpoint.close());

describe('a raw request', () => {
  const signed = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

  async function send(body: unknown, headers: Record<string, string> = {}): Promise<string> {
    const answer = await fetch(endpoint.url, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        authorization: signed('firehose'),
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Firehose_20150804.PutRecordBatch',
        ...headers,
      },
    });
    const { __type } = (await answer.json()) as { __type?: string };
    return `${answer.status} ${__type}`;
  }
  const record = (Data: unknown) => ({ DeliveryStreamName: 'events', Records: [{ Data }] });

  it('is accepted if it is valid', async () => {
    expect(await send(record('aGVsbG8='))).toBe('200 undefined');
    expect(endpoint.records('events')).toEqual([Buffer.from('hello')]);
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '"x"',
    { DeliveryStreamName: 5 },
    { DeliveryStreamName: 'events', Records: {} },
    record(5),
    { DeliveryStreamName: 'events', Records: ['x'] },
  ])('is rejected for JSON of the wrong form: %j', async (body) =>
    expect(await send(body)).toBe('400 SerializationException'),
  );

  it.each([
    'aGVsbG8',
    'aGVsbG8==',
    'aGVs bG8',
    'aGVs\nbG8=',
    'aGV-',
    'aGV_',
    '====',
    'a===',
    'aGVsbG8=aGVsbG8=',
  ])('is rejected for invalid base64: %j', async (data) =>
    expect(await send(record(data))).toBe('400 SerializationException'),
  );

  it.each([
    {},
    { DeliveryStreamName: 'events' },
    record(null),
    { DeliveryStreamName: 'events', Records: [null] },
  ])('is rejected for missing members: %j', async (body) =>
    expect(await send(body)).toBe('400 ValidationException'),
  );

  it('is rejected unless it is signed for Firehose', async () => {
    expect(await send(record('eA=='), { authorization: 'Bearer x' })).toBe(
      '400 IncompleteSignatureException',
    );
    expect(await send(record('eA=='), { authorization: signed('s3') })).toBe('400 InvalidSignatureException');
    const wrongHash = { 'x-amz-content-sha256': '0'.repeat(64) };
    expect(await send(record('eA=='), wrongHash)).toBe('400 InvalidSignatureException');
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Firehose_20150804.PutRecordBatch',
    };
    const unsigned = await fetch(endpoint.url, {
      method: 'POST',
      body: JSON.stringify(record('eA==')),
      headers,
    });
    expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    expect(endpoint.counts.calls).toBe(0);
  });

  it('that started before a reset is not recorded after it', async () => {
    const body = JSON.stringify(record('eA=='));
    const outgoing = request(endpoint.url, {
      method: 'POST',
      headers: {
        authorization: signed('firehose'),
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Firehose_20150804.PutRecordBatch',
        'content-length': body.length,
      },
    });
    outgoing.write(body.slice(0, 10));
    await new Promise((resolve) => setTimeout(resolve, 30));
    endpoint.reset();
    outgoing.end(body.slice(10));
    const [answer] = await once(outgoing, 'response');
    expect(answer.resume().statusCode).toBe(200);
    expect(endpoint.records('events')).toEqual([]);
    expect(endpoint.counts.calls).toBe(0);
  });

  it('is rejected for another operation', async () => {
    const target = (name: string) => send(record('eA=='), { 'x-amz-target': name });
    expect(await target('Firehose_20150804.DeleteDeliveryStream')).toBe('400 UnknownOperationException');
    expect(await target('Kinesis_20131202.PutRecords')).toBe('400 UnknownOperationException');
    expect(await send(record('eA=='), { 'content-type': 'application/json' })).toBe(
      '400 UnknownOperationException',
    );
  });
});
