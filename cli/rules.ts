import { type Command, Option } from 'commander';
import { PACKINGS, type Packing } from '../lambda/contract.ts';
import type { JsonObject } from '../lambda/normalize/event.ts';
import { nestsTooDeep } from '../lambda/normalize/nesting.ts';
import { isObject } from '../lambda/normalize/value.ts';
import type { RawRecord } from '../lambda/read/raw-record.ts';
import { type NextRecord, readRecords } from '../lambda/read/read-records.ts';
import { describeError, UsageError } from './endings.ts';
import { formatCount } from './format.ts';
import { type Input, timeOfInput } from './input.ts';
import { resolveInputs } from './inputs.ts';
import { positiveNumber } from './option-values.ts';
import { callersFolder, commandLine } from './package.ts';
import { Progress } from './progress.ts';
import { RuleTallies } from './rule-tallies.ts';
import { type Assumptions, renderRules, renderRulesJson } from './rules-summary.ts';
import { readRules } from './selection-options.ts';

interface Options extends Assumptions {
  rules: string;
  json: boolean;
}

/** The price in us-east-1 in docs/deploy.md. */
const DOLLARS_PER_GIB = 0.029;

export function addRulesCommand(program: Command, stop: AbortSignal): void {
  program
    .command('rules')
    .summary('try rules on log files')
    .description('Try the rules about which records are delivered, before they are deployed.')
    .helpCommand(false)
    .command('explain')
    .summary('show what each rule drops')
    .description(
      'Show for each rule how many records of log files it decides on, their share, their bytes, what they would cost a month, and examples.',
    )
    .argument('<input...>', 'log files (.json.gz, .json), folders, globs, or - for standard input')
    .requiredOption('--rules <file>', 'rules, see docs/control.md')
    .addOption(
      new Option('--packing <packing>', 'events per Firehose record')
        .choices(PACKINGS)
        .default('gzip' satisfies Packing),
    )
    .option('--price <dollars>', 'dollars per GiB that Firehose bills', positiveNumber, DOLLARS_PER_GIB)
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  ${commandLine('rules explain --rules rules.json AWSLogs/')}
  ${commandLine('rules explain --rules rules.json AWSLogs/ --json')} | jq '.rules[] | select(.records == 0)'

Exit status: 0; 1 if any file or record is invalid (the others still count); 2 for wrong usage; 130 after Ctrl-C.`,
    )
    .action((names: string[], options: Options) => explainAll(names, options, stop));
}

interface Run {
  tallies: RuleTallies;
  counts: { files: number; errors: number; bytes: number };
  progress: Progress;
  stop: AbortSignal;
}

async function explainAll(names: string[], options: Options, stop: AbortSignal): Promise<void> {
  const tallies = new RuleTallies(readRules(options.rules), options.packing);
  const { inputs, errors, notes } = await resolveInputs(names, callersFolder(), { stop });
  for (const { name, notification } of inputs)
    if (notification?.isKnown) throw new UsageError(`${name} is a notification, not a log object.`);
  const sizes = inputs.map(({ bytes }) => bytes);
  const totalBytes = sizes.every((bytes) => bytes !== undefined)
    ? sizes.reduce((sum, bytes) => sum + bytes, 0)
    : undefined;
  const counts = { files: 0, errors: 0, bytes: 0 };
  const run: Run = { tallies, counts, progress: new Progress({ totalBytes }), stop };
  for (const note of notes) run.progress.note(note);
  for (const { name, error } of errors) report(run, name, error);
  for (const input of inputs) if (!stop.aborted) await explainFile(input, run);
  run.progress.stop();
  tallies.end();
  console.log(options.json ? renderRulesJson(tallies, options) : renderRules(tallies, options).join('\n'));
  conclude(run);
}

async function explainFile(input: Input, run: Run): Promise<void> {
  const { name, open } = input;
  const { tallies, counts, progress, stop } = run;
  const place = { path: name, time: timeOfInput(input) };
  counts.files++;

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    for (let record = nextRecord(); record; record = nextRecord()) {
      const { index, byte, text } = record;
      const malformed = tallies.add(text, { ...place, index }, parse(record));
      if (malformed) report(run, `${name}: record ${index} at byte ${byte}`, malformed);
    }
    progress.update(counts.bytes, formatCount(tallies.records, 'record'));
    return !stop.aborted;
  }

  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of open()) {
      counts.bytes += chunk.length;
      yield chunk;
    }
  }

  try {
    const { unknown } = await readRecords(counted, onRecords);
    if (unknown !== undefined) report(run, name, new Error(`holds no records: ${unknown}`));
  } catch (error) {
    if (!stop.aborted) report(run, name, error);
  }
}

/** Returns the parsed record, as the function sees it; `undefined` if it is not a JSON object. */
function parse({ text, parsed }: RawRecord): JsonObject | undefined {
  if (parsed || text === undefined || nestsTooDeep(text)) return parsed;
  try {
    const value = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function report({ counts, progress }: Run, place: string, error: unknown): void {
  counts.errors++;
  progress.note(`${place}: ${describeError(error)}`);
}

/** Prints the last line, on stderr, and sets the exit status. */
function conclude({ tallies, counts, stop }: Run): void {
  const done = `${formatCount(tallies.records, 'record')} from ${formatCount(counts.files, 'file')}`;
  if (stop.aborted) console.error(`✖ interrupted: ${done}`);
  else if (counts.errors > 0) console.error(`✖ ${done}, ${formatCount(counts.errors, 'error')}`);
  else console.error(`✔ ${done}`);
  process.exitCode = counts.errors > 0 ? 1 : 0;
}
