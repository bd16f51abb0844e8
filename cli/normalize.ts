import { once } from 'node:events';
import { Command } from 'commander';
import ora from 'ora';
import { normalizeOrReport, timeOfLogObject } from '../lambda/normalize/pipeline-error.ts';
import { type NextRecord, readRecords } from '../lambda/read/read-records.ts';
import { findLogFiles, type LogFile } from './log-files.ts';

interface Options {
  pretty?: boolean;
}

const command = new Command('normalize')
  .description('Prints the normalized event of every record of CloudTrail log objects, one a line, in order.')
  .argument('<file...>', '.json.gz or .json, a folder of them, or - for standard input')
  .option('--pretty', 'indent the events, for eyes')
  .addHelpText(
    'after',
    '\nExit status: 0, or 1 if a file or a record was faulty; whatever was good is printed all the same.',
  )
  .action(normalizeFiles);

const progress = ora({ stream: process.stderr, isSilent: !process.stderr.isTTY, discardStdin: false });
const counts = { files: 0, records: 0, faults: 0 };

// `normalize … | head` closes the pipe: nobody is left to print for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
await command.parseAsync();

async function normalizeFiles(names: string[], { pretty = false }: Options): Promise<void> {
  const indent = pretty ? 2 : undefined;
  progress.start();
  for (const name of names) {
    try {
      for await (const file of findLogFiles([name])) await normalizeFile(file, indent);
    } catch (error) {
      report(name, error);
    }
  }
  progress.succeed(`${counts.records} records of ${counts.files} files`);
  process.exitCode = counts.faults > 0 ? 1 : 0;
}

async function normalizeFile({ name, open }: LogFile, indent: number | undefined): Promise<void> {
  counts.files++;
  const place = { path: name, time: timeOfLogObject(name) ?? new Date().toISOString() };

  async function onRecords(nextRecord: NextRecord): Promise<boolean> {
    let lines = '';
    for (let record = nextRecord(); record; record = nextRecord()) {
      const { index, byte, text, parsed } = record;
      const { event, malformed } = normalizeOrReport(text, { ...place, index }, parsed);
      if (malformed) report(`${name}: record ${index} at byte ${byte}`, malformed);
      lines += `${JSON.stringify(event, undefined, indent)}\n`;
      counts.records++;
    }
    progress.text = `${name}: ${counts.records} records`;
    if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
    return true;
  }

  try {
    const { unknown } = await readRecords(open, onRecords);
    if (unknown !== undefined) report(name, new Error(`holds no records: ${unknown}`));
  } catch (error) {
    report(name, error);
  }
}

function report(place: string, error: unknown): void {
  counts.faults++;
  note(`${place}: ${error instanceof Error ? error.message : error}`);
}

function note(message: string): void {
  progress.clear();
  console.error(message);
}
