import { createClients } from '../../../../lambda/aws/clients.ts';
import { systemClock } from '../../../../lambda/clock.ts';
import { ENV } from '../../../../lambda/contract.ts';
import { pacersOf } from '../../../../lambda/deliver/pacer.ts';
import type { Redactor } from '../../../../lambda/select/redactor.ts';
import { readSettings, type Settings } from '../../../../lambda/settings.ts';
import { CouldNotTellError, describeError, UsageError } from '../../../endings.ts';
import { formatCount } from '../../../format.ts';
import { chooseProfileOf } from '../../../profile-options.ts';
import { Progress } from '../../../progress.ts';
import { readSelection, selectionEnvironment } from '../../../selection-options.ts';
import { pathOf } from '../../verify-options.ts';
import { formatTime } from '../../verify-summary.ts';
import { type BackfillOptions, openRange } from '../backfill-options.ts';
import { requireObjects } from '../count-objects.ts';
import { EVERYTHING, type Selection } from '../select-objects.ts';
import { deliverBatches } from './deliver-batches.ts';
import { openSource, type Source } from './local-source.ts';
import { concludeRun, renderDryRun, renderRun } from './local-summary.ts';
import { type Destination, nameStreams, openFile, openStreams } from './open-stream.ts';
import { type RunArguments, StateFile } from './state-file.ts';

export const DEFAULT_STATE = 'backfill-state.json';

/**
 * Runs a backfill from this machine: counts what it would deliver, and with `--yes` delivers it. The same command
 * continues a run that ended early.
 */
export async function runLocal(options: BackfillOptions, stop: AbortSignal): Promise<void> {
  const { local: name = '', kind, yes = false, json = false } = options;
  const selection = { span: openRange(options), kinds: kind };
  // Refuses wrong files before anything is read.
  readSelection(options);
  const settings = settingsOf(options);
  const source = await openSource(name, stop);
  try {
    if (yes) return await deliverAll(source, selection, settings, options, stop);
    const { bytesPerSecond } = options;
    const dry = { source, place: name, selection, bytesPerSecond, region: process.env.AWS_REGION ?? '' };
    console.log((await renderDryRun(dry, stop, json)).join('\n'));
    console.error('✔ nothing was delivered. To deliver, add --yes.');
  } finally {
    await source.close();
  }
}

/**
 * Reads the function's settings from the environment, as the function does.
 *
 * @throws UsageError without a destination and its packing, or for an invalid variable
 */
function settingsOf(options: BackfillOptions): Settings {
  const { stream, out, packing, bytesPerSecond } = options;
  if ((stream === undefined) === (out === undefined))
    throw new UsageError('--local needs one destination: --stream NAME, or --out FOLDER');
  if (stream !== undefined && packing === undefined)
    throw new UsageError(
      '--stream needs --packing, the same as the setting packing of the stack: gzip and other records must not mix in one stream',
    );
  const given = { [ENV.deliveryStreamName]: stream ?? 'local', [ENV.packing]: packing ?? 'lines' };
  const rate = bytesPerSecond === undefined ? {} : { [ENV.maxBytesPerSecond]: `${bytesPerSecond}` };
  try {
    const { environment } = selectionEnvironment(options, '');
    return readSettings({ ...process.env, ...profileOf(options), ...given, ...rate, ...environment });
  } catch (error) {
    throw new UsageError(describeError(error));
  }
}

/** Without an option, the variables of the environment count, as for every other setting. */
function profileOf({ profile, labels, accounts }: BackfillOptions): Record<string, string> {
  const isGiven = (profile ?? labels ?? accounts) !== undefined;
  return isGiven ? chooseProfileOf({ profile, labels, accounts }).environment : {};
}

async function deliverAll(
  source: Source,
  selection: Selection,
  settings: Settings,
  options: BackfillOptions,
  stop: AbortSignal,
): Promise<void> {
  const { state: name = DEFAULT_STATE, json = false } = options;
  const lost = new AbortController();
  const file = await StateFile.open(name, pathOf(name), argumentsOf(options, settings), () => lost.abort());
  const isResumed = file.isResumed;
  let destination: Destination | undefined;
  const progress = new Progress({ totalBytes: undefined });
  try {
    destination =
      options.out === undefined
        ? await openStreams(settings.deliveryStreamNames)
        : await openFile(options.out, settings.packing, isResumed);
    if (isResumed)
      console.error(`continuing ${name}: ${formatCount(file.state.counts.objects, 'object')} delivered`);
    await deliver(source, destination, {
      ...{ file, selection, settings, progress, stop },
      redactor: readSelection(options).redactor,
      lost: lost.signal,
    });
  } finally {
    progress.stop();
    await destination?.close();
    if (file.state.counts.sentBytes === 0) file.remove();
    await file.close();
  }
  const { counts, isListed, failed } = file.state;
  if (isListed && counts.objects + failed.length === 0)
    requireObjects({ ...counts, bytes: 0 }, options.local ?? '');
  console.log(renderRun(file.state, destination.name, json).join('\n'));
  concludeRun(file.state, stop);
}

interface Delivery {
  readonly file: StateFile;
  readonly selection: Selection;
  readonly settings: Settings;
  /** What replaces secrets. @default - nothing is replaced */
  readonly redactor: Redactor | undefined;
  readonly progress: Progress;
  readonly stop: AbortSignal;
  /** Aborted when another run took the state file. */
  readonly lost: AbortSignal;
}

async function deliver(source: Source, destination: Destination, delivery: Delivery): Promise<void> {
  const { file, redactor, progress, stop, lost } = delivery;
  const clients = createClients(systemClock);
  const { counts } = file.state;
  const before = counts.storedBytes;
  await deliverBatches({
    ...delivery,
    source,
    s3: source.s3 ?? clients.s3,
    firehose: destination.firehose ?? clients.firehose,
    openRedactor: redactor && (async () => redactor),
    explainDelivery: ({ error, stream }) => destination.explain(error, stream),
    clock: systemClock,
    pacers: pacersOf(delivery.settings, systemClock),
    random: Math.random,
    stop: AbortSignal.any([stop, lost]),
    state: file.state,
    save() {
      if (lost.aborted) throw new CouldNotTellError(`another run took over ${file.name}: this one ends`);
      destination.flush();
      file.save();
    },
    onProgress: () =>
      progress.update(
        counts.storedBytes - before,
        `${formatCount(counts.objects, 'object')}, ${formatCount(counts.events, 'event')}`,
      ),
    note: (line) => progress.note(line),
  });
}

/** Everything that decides which events go where. The rate may change between two runs. */
function argumentsOf(options: BackfillOptions, { packing, deliveryStreamNames }: Settings): RunArguments {
  const { local = '', out, kind } = options;
  const span = openRange(options);
  const isAll = span === EVERYTHING;
  const time = (ms: number) => (Number.isFinite(ms) ? formatTime(ms) : null);
  return {
    source: local.startsWith('s3://') ? local : pathOf(local),
    destination: out === undefined ? nameStreams(deliveryStreamNames) : pathOf(out),
    packing,
    from: isAll ? null : time(span.startMs),
    to: isAll ? null : time(span.endMs),
    kinds: kind?.join(',') ?? null,
    [ENV.excludeEvents]: process.env[ENV.excludeEvents] ?? null,
    [ENV.profile]: options.profile ?? process.env[ENV.profile] ?? null,
    [ENV.labels]: options.labels ?? process.env[ENV.labels] ?? null,
    rules: options.rules ?? null,
    redact: options.redact ?? null,
  };
}
