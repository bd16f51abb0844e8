import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Clock, systemClock } from '../clock.ts';

/**
 * The connections of one client. Lambda freezes a container between invocations, and AWS closes what is idle
 * meanwhile: several dead connections then meet a call with fewer attempts. So idle ones are closed
 *
 * - before an invocation that comes more than `MAX_IDLE_MS` after the last one ended,
 * - after any network error, so that the next attempt opens a new connection.
 */
export class Connections {
  readonly httpAgent = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  readonly httpsAgent: HttpsAgent;
  #lastUsed = Number.POSITIVE_INFINITY;

  /** @param highWaterMark bytes that a TLS connection buffers; Node's own default without it */
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

  /** Says that an invocation begins. */
  begin(): void {
    if (this.clock.now() - this.#lastUsed > MAX_IDLE_MS) this.closeIdle();
  }

  /** Says that it has ended. */
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

  /** Closes idle connections after each attempt of a client that met a network error. */
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

/** As much of an SDK client as is needed here. */
interface WatchedClient {
  middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: the middleware is the same whatever the client's inputs are
      middleware: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>,
      options: { step: 'finalizeRequest'; priority: 'low'; name: string },
    ): void;
  };
}

/** A guess on the safe side: AWS does not document when S3 and Firehose close an idle connection. */
const MAX_IDLE_MS = 4_000;

/** The SDK's own default. */
const MAX_SOCKETS = 50;
