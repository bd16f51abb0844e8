import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Hang } from '../faults.ts';

/** A request the service answers with one of its own errors; `code` is the service's name for it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export interface LocalServer {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** Every connection that is open now resets at its next request, as one that the service closed during a freeze. */
  dropConnections(): void;
  /** Closes every connection that is idle now: their clients are gone. */
  closeIdleConnections(): void;
  /** Ends every connection, idle or in use, and resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Serves on loopback only.
 *
 * @param answer must answer or end the connection itself; what it throws is a fault of the endpoint, is
 * printed, and ends the connection.
 * @param port 0 for any free one
 * @throws the listen error (`EADDRINUSE`, …)
 */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<LocalServer> {
  const open = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  const server = createServer((request, response) => {
    if (dead.has(request.socket)) return void request.socket.resetAndDestroy();
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof ClientGone)) console.error(error);
      request.socket.destroy();
    });
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  // An idle connection closed here just as the client sends on it again would be a fault nobody ordered.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    dropConnections() {
      for (const socket of open) dead.add(socket);
    },
    closeIdleConnections: () => server.closeIdleConnections(),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Leaves a request without an answer, until its client goes. */
export async function hang(request: IncomingMessage, { whileHanging }: Hang): Promise<void> {
  const gone = new AbortController();
  const closed = once(request.socket, 'close');
  whileHanging?.(gone.signal);
  await closed;
  gone.abort();
}

/** The client ended the connection before its request was whole. */
class ClientGone extends Error {}

/**
 * @returns the whole body, or undefined if it has more than `maxBytes`; then it was read to the end all the
 * same, so that the client gets to see the refusal instead of a reset connection.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => {
      if (length > maxBytes) resolve(undefined);
      else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length));
    });
    request.on('error', () => reject(new ClientGone()));
    request.on('close', () => reject(new ClientGone()));
  });
}
