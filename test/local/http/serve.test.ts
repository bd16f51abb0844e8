import { Agent, request } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { readBody, serve } from '../../../local/http/serve.ts';
import { failureOf } from '../use-endpoint.ts';

describe('serve', () => {
  it('listens on loopback, on the given port', async () => {
    const first = await serve(async (_, response) => void response.end('first'));
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(first.url).port);
    const never = async () => {};
    expect(await failureOf(serve(never, port))).toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    const second = await serve(async (_, response) => void response.end('second'), port);
    expect(await (await fetch(second.url)).text()).toBe('second');
    await second.close();
  });

  it('closes idle connections and connections that wait for an answer', async () => {
    const agent = new Agent({ keepAlive: true });
    const server = await serve(async (incoming, response) => {
      if (incoming.url === '/idle') response.end();
    });
    const get = (path: string) =>
      new Promise((resolve, reject) => {
        const outgoing = request(server.url + path, { agent }, (answer) =>
          answer.resume().on('end', resolve),
        );
        outgoing.on('error', reject).end();
      });
    await get('/idle');
    const waiting = failureOf(get('/waits'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.close();
    expect(await waiting).toMatchObject({ code: 'ECONNRESET' });
    agent.destroy();
  });

  it('prints its own error and closes the connection', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    const server = await serve(() => Promise.reject(new Error('ours')));
    expect(await failureOf(fetch(server.url))).toBeInstanceOf(TypeError);
    expect(printed.mock.calls).toEqual([[expect.objectContaining({ message: 'ours' })]]);
    await server.close();
    printed.mockRestore();
  });
});

describe('readBody', () => {
  it('returns bodies up to the limit, and undefined for longer ones', async () => {
    const seen: (number | undefined)[] = [];
    const server = await serve(async (incoming, response) => {
      seen.push((await readBody(incoming, 100_000))?.length);
      response.end();
    });
    for (const bytes of [0, 99_999, 100_000, 100_001]) {
      await fetch(server.url, { method: 'POST', body: Buffer.alloc(bytes) });
    }
    expect(seen).toEqual([0, 99_999, 100_000, undefined]);
    await server.close();
  });
});
