import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Clock, systemClock } from '../clock.ts';

/**
 * Connections of one client. While Lambda freezes a container between invocations, AWS closes idle connections. A call
 * may then have fewer attempts than there are dead connections. So this closes idle ones
 *
 * - before an invocation that starts more than `MAX_IDLE_MS` after the last one ended,
 * - after any network error, to make the next attempt open a new connection.
 */
export class Connections {
  readonly httpAgent = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  readonly httpsAgent: HttpsAgent;
  #lastUsed = Number.POSITIVE_INFINITY;

  /** @param highWaterMark bytes that a TLS connection buffers. @default - Node's default */
  constructor(
    readonly clock: Clock = systemClock,
    highWaterMark?: number,
  ) {
    this.httpsAgent = new HttpsAgent({
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      ...(highWaterMark !== undefined && { highWaterMark }),
    });
  }

  /** Marks the start of an invocation. */
  begin(): void {
    if (this.clock.now() - this.#lastUsed > MAX_IDLE_MS) this.closeIdle();
  }

  /** Marks its end. */
  end(): void {
    this.#lastUsed = this.clock.now();
  }

  closeIdle(): void {
    for (const agent of [this.httpAgent, this.httpsAgent]) {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of [...(sockets ?? [])]) socket.destroy();
      }
    }
  }

  /** Closes idle connections after any attempt that ends with a network error. */
  watch(client: WatchedClient): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        try {
          return await next(args);
        } catch (error) {
          if ((error as { $metadata?: object }).$metadata === undefined) this.closeIdle();
          throw error;
        }
      },
      // Inside the SDK's own retries.
      { step: 'finalizeRequest', priority: 'low', name: 'closeIdleConnections' },
    );
  }
}

/** The part of an SDK client that is used here. */
interface WatchedClient {
  middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: the middleware does not depend on the type of the client's inputs
      middleware: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>,
      options: { step: 'finalizeRequest'; priority: 'low'; name: string },
    ): void;
  };
}

/** A conservative guess: AWS does not document when S3 and Firehose close an idle connection. */
const MAX_IDLE_MS = 4_000;

/** The SDK's default. */
const MAX_SOCKETS = 50;
