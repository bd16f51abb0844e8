import type { InvocationContext } from '../../lambda/handler.ts';
import type { AccountFaults, AccountNames } from '../../local/account.ts';
import type { FirehoseFault, Hang, S3Fault, SqsFault } from '../../local/faults.ts';
import { drawFirehoseFault, drawS3Fault, drawSqsFault } from '../../local/plan-faults.ts';
import type { VirtualClock } from '../../local/virtual-clock.ts';
import type { Random } from '../../samples/random.ts';

type Service = 's3' | 'firehose' | 'sqs';

/** A period in which a service fails every request. */
interface Outage {
  service: Service;
  /** The one stream that fails. @default - the entire service */
  stream?: string | undefined;
  from: number;
  to: number;
  how: 'errors' | 'throttles' | 'hangs';
}

const MINUTE = 60_000;

/**
 * Draws the faults of one schedule: single faults at any request, outages of minutes to hours, killed invocations, and
 * the time that each request takes. Faults run out, so every schedule ends.
 */
export class FaultInjector {
  readonly counts: Record<string, number> = {};
  /** Whether the current invocation was killed: its requests fail and its answer is lost. */
  isKilled = false;
  readonly #random: Random;
  readonly #clock: VirtualClock;
  readonly #names: AccountNames & { bucket: string };
  readonly #likelihood: number;
  readonly #outages: Outage[];
  readonly #timeoutMs: number;
  readonly #canKill: boolean;
  readonly #onRequest: () => void;
  #budget: number;
  #hangs = 4;
  #objectFaults = 3;
  #requestsToLive = Number.POSITIVE_INFINITY;
  #pollsLeft = Number.POSITIVE_INFINITY;

  constructor(
    random: Random,
    clock: VirtualClock,
    names: AccountNames & { bucket: string },
    { canKill, onRequest }: { canKill: boolean; onRequest: () => void },
  ) {
    this.#random = random;
    this.#clock = clock;
    this.#names = names;
    this.#canKill = canKill;
    this.#onRequest = onRequest;
    this.#budget = random.pick([0, 3, 10, 30]);
    this.#likelihood = random.pick([0.05, 0.2, 0.5]);
    this.#timeoutMs = random.pick([20_000, MINUTE]);
    this.#outages = random.chance(0.25) ? this.#drawOutages() : [];
  }

  /** Longest outage, in milliseconds. */
  get longestOutageMs(): number {
    return Math.max(0, ...this.#outages.map(({ from, to }) => to - from));
  }

  get faults(): AccountFaults {
    return {
      s3: ({ bucket }) =>
        this.#draw<S3Fault>(
          's3',
          bucket,
          () => this.#drawS3(),
          { kind: 'slowDown' },
          { kind: 'internalError' },
        ),
      firehose: (request) =>
        this.#draw<FirehoseFault>(
          'firehose',
          request.stream,
          () => drawFirehoseFault(this.#random, request),
          this.#random.pick([
            { kind: 'throttle' },
            { kind: 'partial', entries: () => this.#random.chance(0.9) },
          ]),
          { kind: 'serverError' },
        ),
      sqs: ({ queue }) =>
        this.#draw<SqsFault>(
          'sqs',
          queue,
          () => drawSqsFault(this.#random),
          { kind: 'throttle' },
          { kind: 'serverError' },
        ),
    };
  }

  startInvocation(): InvocationContext & { endsAt: number } {
    this.isKilled = false;
    this.#requestsToLive =
      this.#canKill && this.#spend(0.15) ? this.#random.int(0, 12) : Number.POSITIVE_INFINITY;
    // Time can run out at any poll, not only at a request.
    this.#pollsLeft = this.#spend(0.15) ? this.#random.int(1, 60) : Number.POSITIVE_INFINITY;
    if (this.#random.chance(0.2)) this.#clock.skip(MINUTE);
    const endsAt = this.#clock.now() + this.#timeoutMs;
    return {
      endsAt,
      getRemainingTimeInMillis: () => {
        if (this.isKilled) return 0;
        if (--this.#pollsLeft < 0) {
          if (this.#pollsLeft === -1) this.#count('function.outOfTime');
          return Math.min(5_000, endsAt - this.#clock.now());
        }
        return endsAt - this.#clock.now();
      },
    };
  }

  #drawOutages(): Outage[] {
    return Array.from({ length: this.#random.int(1, 3) }, () => {
      const from = this.#clock.now() + this.#random.int(0, 20) * MINUTE;
      const minutes = this.#random.pick([2, 20, 20, 150]);
      const service = this.#random.pick<Service>(['s3', 'firehose', 'firehose', 'sqs']);
      const how = this.#random.pick<Outage['how']>(['errors', 'throttles', 'throttles', 'hangs']);
      const stream = this.#random.chance(0.5) ? this.#random.pick(this.#names.streams) : undefined;
      const one = service === 'firehose' ? { stream } : {};
      return { service, ...one, from, to: from + minutes * MINUTE, how };
    });
  }

  #drawS3(): S3Fault {
    const fault = drawS3Fault(this.#random);
    // Limits the faults that blame the object: as many as a message has receives would dead-letter it.
    const blamesObject = ['notFound', 'accessDenied', 'wrongChecksum', 'truncate'].includes(fault.kind);
    return blamesObject && this.#objectFaults-- <= 0 ? { kind: 'slowDown' } : fault;
  }

  #draw<Fault extends { kind: string }>(
    service: Service,
    name: string,
    drawFault: () => Fault,
    throttle: Fault,
    error: Fault,
  ): Fault | Hang | { kind: 'refuse' } | undefined {
    // Ignores a late call of an earlier schedule.
    if (!Object.values(this.#names).flat().includes(name)) return undefined;
    this.#clock.skip(this.#random.int(1, 200));
    this.#onRequest();
    if (this.#requestsToLive-- <= 0 && !this.isKilled) {
      this.isKilled = true;
      this.#count('function.killed');
    }
    if (this.isKilled) return { kind: 'refuse' };
    const now = this.#clock.now();
    const outage = this.#outages.find(
      ({ service: of, stream = name, from, to }) =>
        of === service && stream === name && from <= now && now < to,
    );
    if (outage) {
      if (outage.stream !== undefined) this.#count('firehose.outage.oneStream');
      this.#count(`${service}.outage.${outage.how}`);
      if (outage.how !== 'hangs') return outage.how === 'throttles' ? throttle : error;
      return this.#hang() ?? error;
    }
    if (this.#budget <= 0 || !this.#random.chance(this.#likelihood)) return undefined;
    this.#budget--;
    return (this.#random.chance(0.05) ? this.#hang() : undefined) ?? drawFault();
  }

  /** Returns a hang, a few times only, because real milliseconds pass while a call hangs. */
  #hang(): Hang | undefined {
    return this.#hangs-- > 0 ? { kind: 'hang', whileHanging: this.#clock.passUntil } : undefined;
  }

  #spend(chance: number): boolean {
    if (this.#budget <= 0 || !this.#random.chance(chance)) return false;
    this.#budget--;
    return true;
  }

  #count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}
