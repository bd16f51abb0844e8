import { once } from 'node:events';
import type { Command } from 'commander';
import { asLine } from '../lambda/deliver/encode-event.ts';
import type { PipelineErrorEvent, RawEvent, SekoiaEvent } from '../lambda/normalize/event.ts';
import { timeOfLogObject } from '../lambda/normalize/pipeline-error.ts';
import { type NextRecord, readRecords } from '../lambda/read/read-records.ts';
import { type Selection, selectEvent } from '../lambda/select/select-event.ts';
import { describeError, UsageError } from './endings.ts';
import { formatCount, formatNumber } from './format.ts';
import { type Input, resolveInputs } from './inputs.ts';
import { callersFolder, commandLine } from './package.ts';
import { addProfileOptions, chooseProfileOf, type ProfileOptions } from './profile-options.ts';
import { Progress } from './progress.ts';
import { addSelectionOptions, readSelection, type SelectionOptions } from './selection-options.ts';

interface Options extends ProfileOptions, SelectionOptions {
  pretty: boolean;
}

export function addNormalizeCommand(program: Command, stop: AbortSignal): void {
  const command = program
    .command('normalize')
    .summary('print the events of log files')
    .description(
      'Print the normalized event of every record of CloudTrail log files, one per line, in order.',
    )
    .argument('<input...>', 'log files (.json.gz, .json), folders, globs, or - for standard input')
    .option('--pretty', 'indent the JSON', false);
  addProfileOptions(command);
  addSelectionOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('normalize AWSLogs/')} | jq -c '[."@timestamp", .event.action, .source.address]'
  aws s3 cp s3://BUCKET/KEY - | ${commandLine('normalize -')}

Exit status: 0; 1 if any file or record is invalid (valid records are still printed); 2 for wrong usage; 130 after Ctrl-C.`,
    )
    .action((names: string[], options: Options) => normalizeAll(names, options, stop));
}

/** What a run has done so far. */
interface Run {
  counts: { files: number; records: number; dropped: number; errors: number; bytes: number };
  selection: Selection;
  progress: Progress;
  stop: AbortSignal;
  indent: number | undefined;
}

async function normalizeAll(names: string[], options: Options, stop: AbortSignal): Promise<void> {
  const { pretty, profile } = options;
  if (pretty && profile === 'raw')
    throw new UsageError('--pretty would change the text that --profile raw prints. Remove one of them.');
  const { normalize } = chooseProfileOf(options);
  const selection = { ...readSelection(options), normalize };
  const { inputs, errors, notes } = await resolveInputs(names, callersFolder());
  inputs.forEach(refuseNotification);
  const sizes = inputs.map(({ bytes }) => bytes);
  const totalBytes = sizes.includes(undefined)
    ? undefined
    : sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  const run: Run = {
    counts: { files: 0, records: 0, dropped: 0, errors: 0, bytes: 0 },
    selection,
    progress: new Progress({ totalBytes }),
    stop,
    indent: pretty ? 2 : undefined,
  };
  for (const note of notes) run.progress.note(note);
  for (const { name, error } of errors) report(run, name, error);
  for (const input of inputs) {
    if (stop.aborted) break;
    await normalizeFile(input, run);
  }
  run.progress.stop();
  conclude(run);
}

function refuseNotification({ name, notification }: Input): void {
  if (!notification?.isKnown) return;
  throw new UsageError(
    `${name} is a notification, not a log object. Run it with: ${commandLine(`local ${name}`)}`,
  );
}

async function normalizeFile({ name, open }: Input, run: Run): Promise<void> {
  const { counts, selection, progress, stop, indent } = run;
  const place = { path: name, time: timeOfLogObject(name) ?? new Date().toISOString() };
  counts.files++;

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    let lines = '';
    for (let record = nextRecord(); record; record = nextRecord()) {
      const { index, byte } = record;
      counts.records++;
      const selected = selectEvent(record, { ...place, index }, selection);
      if (selected.droppedBy !== undefined) {
        counts.dropped++;
        continue;
      }
      const { event, malformed } = selected;
      if (malformed) report(run, `${name}: record ${index} at byte ${byte}`, malformed);
      lines += `${printEvent(event, indent)}\n`;
    }
    progress.update(counts.bytes, formatCount(counts.records, 'record'));
    if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
    return !stop.aborted;
  }

  try {
    const { unknown } = await readRecords(() => counted(open(), counts), onRecords);
    if (unknown !== undefined) report(run, name, new Error(`holds no records: ${unknown}`));
  } catch (error) {
    if (!stop.aborted) report(run, name, error);
  }
}

function printEvent(event: SekoiaEvent | RawEvent | PipelineErrorEvent, indent: number | undefined): string {
  return 'kind' in event ? asLine(event.message) : JSON.stringify(event, undefined, indent);
}

/** Counts stored bytes. Bytes that are reread after an error count twice; the bar stops at 100 %. */
async function* counted(bytes: AsyncIterable<Uint8Array>, counts: Run['counts']) {
  for await (const chunk of bytes) {
    counts.bytes += chunk.length;
    yield chunk;
  }
}

function report({ counts, progress }: Run, place: string, error: unknown): void {
  counts.errors++;
  progress.note(`${place}: ${describeError(error)}`);
}

/** Prints the last line, on stderr, and sets the exit status. */
function conclude({ counts, stop }: Run): void {
  const read = `${formatCount(counts.records, 'record')} from ${formatCount(counts.files, 'file')}`;
  const done = counts.dropped === 0 ? read : `${read}, ${formatNumber(counts.dropped)} dropped by rules`;
  if (stop.aborted) console.error(`✖ interrupted: ${done}`);
  else if (counts.errors > 0) console.error(`✖ ${done}, ${formatCount(counts.errors, 'error')}`);
  else console.error(`✔ ${done}`);
  process.exitCode = counts.errors > 0 ? 1 : 0;
}
