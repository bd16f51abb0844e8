import { formatCount, formatNumber } from '../format.ts';
import type { Fault } from './chunk.ts';

/** Lines at the end. More of them have a common cause. */
const MAX_LINES = 1_000;

interface Group {
  readonly order: number;
  readonly name: string;
  readonly first: Fault;
  count: number;
}

/** Collects what is invalid: one line for each file and reason, in the order of the files. */
export class FaultLog {
  count = 0;
  readonly #groups = new Map<string, Group>();
  #notShown = 0;

  /** @param order position of the file among the inputs */
  add(order: number, name: string, fault: Fault): void {
    this.count++;
    const id = JSON.stringify([order, name, fault.reason]);
    const group = this.#groups.get(id);
    if (group) group.count++;
    else if (this.#groups.size < MAX_LINES) this.#groups.set(id, { order, name, first: fault, count: 1 });
    else this.#notShown++;
  }

  lines(): string[] {
    const groups = [...this.#groups.values()].sort((a, b) => a.order - b.order);
    const lines = groups.map(renderGroup);
    return this.#notShown === 0 ? lines : [...lines, `and ${formatCount(this.#notShown, 'more error')}`];
  }
}

function renderGroup({ name, first: { place, reason }, count }: Group): string {
  const where = place === undefined ? name : `${name}: ${place}`;
  return count === 1
    ? `${where}: ${reason}`
    : `${where}: ${reason}, and ${formatNumber(count - 1)} more like it`;
}
