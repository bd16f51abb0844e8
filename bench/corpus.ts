import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateRecords } from '../samples/generate-records.ts';
import { takeBytes, writeLogObject } from '../samples/log-object.ts';
import { withAgentPerRecord, withAgentPerSession } from './made-up-agents.ts';

/** A gzipped log object on disk. */
export interface CorpusFile {
  name: string;
  file: string;
  records: number;
  inflatedBytes: number;
  storedBytes: number;
}

const SEED = 3;

/** Files are reused between runs, because the same seed gives the same bytes. */
const FOLDER = join(tmpdir(), 'cloudtrail-firehose-bench');

/**
 * Files of a quiet and of a busy account, objects far larger than CloudTrail's, and files with other user agents:
 *
 * - sessions: one per session, as in a fleet without a common version. They are more than the function remembers.
 * - unique: one per record, as from a caller who makes them up.
 */
const FILES = {
  small: () => generateRecords({ ...ONE_ACCOUNT, count: 50 }),
  typical: () => generateRecords({ ...ONE_ACCOUNT, count: 2_500 }),
  sessions: () => withAgentPerSession(generateRecords({ ...ONE_ACCOUNT, count: 50_000 }), SEED),
  unique: () => withAgentPerRecord(generateRecords({ ...ONE_ACCOUNT, count: 2_500 }), SEED),
  large: () => takeBytes(generateRecords({ ...ONE_ACCOUNT, count: Number.POSITIVE_INFINITY }), 100e6),
  huge: () => takeBytes(generateRecords({ ...ONE_ACCOUNT, count: Number.POSITIVE_INFINITY }), 1_000e6),
} as const;

const ONE_ACCOUNT = { seed: SEED, accountId: '111122223333', region: 'eu-west-1' };

export type CorpusName = keyof typeof FILES;

/** Returns a file of the corpus; generates it if it does not exist. */
export async function corpusFile(name: CorpusName): Promise<CorpusFile> {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${name}.json.gz`);
  if (!existsSync(`${file}.json`)) {
    const { recordCount, inflatedBytes } = await writeLogObject(
      FILES[name](),
      createWriteStream(`${file}.part`),
    );
    renameSync(`${file}.part`, file);
    writeFileSync(`${file}.json`, JSON.stringify({ records: recordCount, inflatedBytes }));
  }
  const known: { records: number; inflatedBytes: number } = JSON.parse(readFileSync(`${file}.json`, 'utf8'));
  return { name, file, ...known, storedBytes: statSync(file).size };
}
