import type { Packing } from '../lambda/contract.ts';
import { encodeEvent } from '../lambda/deliver/encode-event.ts';
import { ObjectLedger } from '../lambda/deliver/ledger.ts';
import { BILLED_STEP_BYTES } from '../lambda/deliver/limits.ts';
import { Packer } from '../lambda/deliver/pack-events.ts';
import type { JsonObject } from '../lambda/normalize/event.ts';
import { normalizeOrReport, type RecordPlace } from '../lambda/normalize/pipeline-error.ts';
import type { Rule, RuleSet } from '../lambda/select/rule-set.ts';

/** Calls that are counted separately per rule. The others are still part of its records. */
const MAX_CALLS = 10_000;

/** What one rule decides, or what no rule does. */
export class Tally {
  records = 0;
  /** Length of the events as JSON. */
  bytes = 0;
  /** What Firehose bills for them: each of its records rounded up to 5 KiB. */
  billedBytes = 0;
  /** Records by `eventSource:eventName`. */
  readonly calls = new Map<string, number>();
  readonly #ledger = new ObjectLedger();
  readonly #packer: Packer;

  /** @param rule `undefined` for the records that no rule decides */
  constructor(
    readonly rule: Rule | undefined,
    packing: Packing,
  ) {
    this.#packer = new Packer(packing, ({ data, ranges, release }) => {
      this.billedBytes += Math.ceil(data.length / BILLED_STEP_BYTES) * BILLED_STEP_BYTES;
      for (const range of ranges) this.#ledger.acknowledge(range);
      release();
    });
  }

  /** @returns why the record is malformed, if it is */
  add(text: string | undefined, place: RecordPlace, record: JsonObject | undefined): Error | undefined {
    const { event, malformed } = normalizeOrReport(text, place, record);
    const { json } = encodeEvent(event, place, this.#packer);
    this.bytes += Buffer.byteLength(json);
    this.#packer.add(json, { ledger: this.#ledger, index: this.records++, time: undefined });
    const call = record ? `${nameOf(record.eventSource)}:${nameOf(record.eventName)}` : 'not a record';
    if (this.calls.has(call) || this.calls.size < MAX_CALLS)
      this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    return malformed;
  }

  /** Packs what is left. */
  end(): void {
    this.#packer.flush();
  }
}

function nameOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : '-';
}

/** Counts records by the rule that decides on each, and the time that they span. */
export class RuleTallies {
  /** In the order of the rules, the one without a rule last. */
  readonly tallies: readonly Tally[];
  records = 0;
  /** Milliseconds since 1970 of the first and the last `eventTime`. */
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  readonly #rules: RuleSet;
  readonly #byRule: Map<Rule | undefined, Tally>;

  constructor(rules: RuleSet, packing: Packing) {
    this.#rules = rules;
    this.tallies = [...rules.rules, undefined].map((rule) => new Tally(rule, packing));
    this.#byRule = new Map(this.tallies.map((tally) => [tally.rule, tally]));
  }

  /**
   * @param record the parsed record; `undefined` if it is not a JSON object
   * @returns why the record is malformed, if it is
   */
  add(text: string | undefined, place: RecordPlace, record: JsonObject | undefined): Error | undefined {
    this.records++;
    const time = typeof record?.eventTime === 'string' ? Date.parse(record.eventTime) : Number.NaN;
    if (!Number.isNaN(time)) {
      this.first = Math.min(this.first, time);
      this.last = Math.max(this.last, time);
    }
    return this.#byRule.get(record && this.#rules.find(record))?.add(text, place, record);
  }

  end(): void {
    for (const tally of this.tallies) tally.end();
  }
}
