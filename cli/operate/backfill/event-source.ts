import {
  GetEventSourceMappingCommand,
  type GetEventSourceMappingCommandOutput,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { Clock } from '../../../lambda/clock.ts';
import { CouldNotTellError } from '../../endings.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import { explainError } from '../explain-error.ts';

/** A change takes seconds, and another one is refused meanwhile. */
const POLL_MS = 2_000;
const MAX_POLLS = 90;

/** Lambda's polling of the backfill queue. Errors are one line with the missing permission. */
export class EventSource {
  readonly #lambda = new LambdaClient(CLIENT_OPTIONS);
  readonly #uuid: string;
  readonly #clock: Clock;

  /** @param uuid of the event source mapping */
  constructor(uuid: string, clock: Clock) {
    this.#uuid = uuid;
    this.#clock = clock;
  }

  /** Whether Lambda polls the queue, or will when the change under way is done. */
  async isEnabled(stop: AbortSignal): Promise<boolean> {
    return isOn(await this.#get(stop));
  }

  /** Waits for a change under way, then asks for another one, unless it is as asked already. */
  async set(isEnabled: boolean, stop: AbortSignal): Promise<void> {
    for (let polls = 0; ; polls++) {
      const state = await this.#get(stop);
      if (isOn(state) === isEnabled) return;
      if (SETTLED.has(state) && (await this.#update(isEnabled, stop))) return;
      await this.#wait(polls, state);
    }
  }

  /** Waits until Lambda polls no longer. Invocations that it started before may still run. */
  async waitUntilDisabled(stop: AbortSignal): Promise<void> {
    for (let polls = 0; ; polls++) {
      stop.throwIfAborted();
      const state = await this.#get(stop);
      if (state === 'Disabled') return;
      await this.#wait(polls, state);
    }
  }

  close(): void {
    this.#lambda.destroy();
  }

  async #get(stop: AbortSignal): Promise<string> {
    const command = new GetEventSourceMappingCommand({ UUID: this.#uuid });
    const { State = '' } = await this.#call('GetEventSourceMapping', () =>
      this.#lambda.send(command, { abortSignal: stop }),
    );
    return State;
  }

  /** @returns `false` if another change is under way */
  async #update(Enabled: boolean, stop: AbortSignal): Promise<boolean> {
    const command = new UpdateEventSourceMappingCommand({ UUID: this.#uuid, Enabled });
    try {
      await this.#call('UpdateEventSourceMapping', () => this.#lambda.send(command, { abortSignal: stop }));
      return true;
    } catch (error) {
      if (error instanceof MappingInUseError) return false;
      throw error;
    }
  }

  async #wait(polls: number, state: string): Promise<void> {
    if (polls === MAX_POLLS)
      throw new CouldNotTellError(`the event source mapping ${this.#uuid} stays ${state}. Try again later.`);
    await this.#clock.sleep(POLL_MS);
  }

  async #call<Output>(operation: string, call: () => Promise<Output>): Promise<Output> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceInUseException') throw new MappingInUseError();
      const target = `event source mapping ${this.#uuid}`;
      const described = { name: `Lambda ${operation}`, action: `lambda:${operation}`, target };
      throw explainError({ ...described, regionOf: 'stack' }, error);
    }
  }
}

class MappingInUseError extends Error {
  override name = 'MappingInUseError';
}

type State = NonNullable<GetEventSourceMappingCommandOutput['State']>;

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
const SETTLED = new Set<State>(['Enabled', 'Disabled']);

function isOn(state: State): boolean {
  return state !== 'Disabled' && state !== 'Disabling';
}
