import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { formatBytes, formatDuration } from './format.ts';

/** Between two lines where no bar can be drawn. */
const LINE_EVERY_MS = 10_000;

export interface ProgressOptions {
  /** Stored bytes of all inputs; `undefined` if unknown, as for standard input. */
  totalBytes: number | undefined;
  stream?: NodeJS.WriteStream;
  /** Milliseconds. @default the machine's monotonic clock */
  now?: () => number;
}

/** Shows how far long work is on stderr: a bar on a terminal, a line every ten seconds elsewhere. */
export class Progress {
  readonly #total: number | undefined;
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #startedAt: number;
  #lastLineAt: number;
  readonly #bars: MultiBar | undefined;
  readonly #bar: SingleBar | undefined;

  constructor({ totalBytes, stream = process.stderr, now = () => performance.now() }: ProgressOptions) {
    this.#total = totalBytes === 0 ? undefined : totalBytes;
    this.#stream = stream;
    this.#now = now;
    this.#startedAt = this.#lastLineAt = now();
    if (!stream.isTTY || process.env.TERM === 'dumb') return;
    this.#bars = new MultiBar(
      {
        stream,
        format: this.#total === undefined ? '  {state}' : '  {bar} {percentage} % | {state}',
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        // The commands handle signals.
        gracefulExit: false,
      },
      Presets.shades_grey,
    );
    this.#bar = this.#bars.create(this.#total ?? 1, 0, { state: '' });
  }

  /**
   * @param read stored bytes read so far; more than the total if some were read again
   * @param what for instance `12,345 events`
   */
  update(read: number, what: string): void {
    const bytes = Math.min(read, this.#total ?? read);
    const seconds = (this.#now() - this.#startedAt) / 1000;
    const rate = seconds > 0 ? bytes / seconds : 0;
    const total = this.#total;
    const state = [what, `${formatBytes(rate)}/s`];
    if (total !== undefined && rate > 0) state.push(`${formatDuration((total - bytes) / rate)} left`);
    if (this.#bar) {
      this.#bar.update(total === undefined ? 0 : bytes, { state: state.join(' | ') });
    } else if (this.#now() - this.#lastLineAt >= LINE_EVERY_MS) {
      this.#lastLineAt = this.#now();
      const share =
        total === undefined ? '' : ` of ${formatBytes(total)} (${Math.floor((bytes / total) * 100)} %)`;
      this.#stream.write(`${formatBytes(bytes)}${share}: ${state.join(', ')}\n`);
    }
  }

  /** Prints one line without tearing the bar. */
  note(line: string): void {
    if (!this.#bars) this.#stream.write(`${line}\n`);
    else this.#bars.log(`${line}\n`);
  }

  stop(): void {
    // Draws the lines that wait for the next update.
    this.#bars?.update();
    this.#bars?.stop();
  }
}
