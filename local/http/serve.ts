import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Hang } from '../faults.ts';

/** An error response of the service; `code` is the service's name for it. */
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
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  /** Resets each open connection at its next request, as if the service had closed it during a freeze. */
  dropConnections(): void;
  /** Closes all idle connections. */
  closeIdleConnections(): void;
  /** Closes all connections, idle or in use, and resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on loopback.
 *
 * @param answer answers or closes the connection itself. If it throws, the endpoint has a bug: the error is
 * printed and the connection closed.
 * @param port 0 picks a free port
 * @throws the listen error (`EADDRINUSE`, …)
 */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<LocalServer> {
  const open = new Set<Socket>();
  const dropped = new WeakSet<Socket>();
  const server = createServer((request, response) => {
    if (dropped.has(request.socket)) return void request.socket.resetAndDestroy();
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof ClientGone)) console.error(error);
      request.socket.destroy();
    });
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  // Without timeouts, because closing an idle connection while the client reuses it would inject an extra fault.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    dropConnections() {
      for (const socket of open) dropped.add(socket);
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

/** Leaves a request unanswered until the client disconnects. */
export async function hang(request: IncomingMessage, { whileHanging }: Hang): Promise<void> {
  const gone = new AbortController();
  const closed = once(request.socket, 'close');
  whileHanging?.(gone.signal);
  await closed;
  gone.abort();
}

/** Thrown when the client disconnects before its request is complete. */
class ClientGone extends Error {}

/**
 * Reads a body to its end, even past `maxBytes`, because the client would otherwise see a reset connection
 * instead of the error.
 *
 * @returns the body, or `undefined` if it is longer than `maxBytes`
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
