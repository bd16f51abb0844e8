import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** moto's account, and the region and credentials with which the tests call it. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-3' as const;
export const AWS_VARIABLES = {
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};

export interface MotoServer {
  readonly url: string;
  /** Deletes every resource. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts moto's server on a free port of loopback.
 *
 * @param bin folder of its program
 * @throws Error with its output if it ends before it listens
 */
export async function startMoto(bin: string): Promise<MotoServer> {
  const child = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', '0'], {
    env: { ...process.env, ...AWS_VARIABLES },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await listeningUrl(child);
  return {
    url,
    reset: async () => void (await fetch(`${url}/moto-api/reset`, { method: 'POST' })),
    async close() {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

async function listeningUrl({ stderr }: ChildProcess): Promise<string> {
  const lines: string[] = [];
  // Reads on after the first match, because a full pipe would stop the server.
  return new Promise((resolve, reject) => {
    createInterface({ input: stderr as NodeJS.ReadableStream })
      .on('line', (line) => {
        lines.push(line);
        const [, url] = /Running on (http:\S+)/.exec(line) ?? [];
        if (url) resolve(url);
      })
      .on('close', () => reject(new Error(`moto_server ended:\n${lines.join('\n')}`)));
  });
}
