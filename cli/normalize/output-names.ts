import { resolve, sep } from 'node:path';
import { UsageError } from '../endings.ts';
import type { Input } from '../input.ts';
import type { OutputPlace } from './output-file.ts';

/**
 * Returns the output of each input: a file in a folder like that of the input, from `AWSLogs/` on, or below the folder on
 * the command line.
 *
 * @param folder absolute
 * @throws UsageError if two inputs have the same output, or one would be outside the folder
 */
export function outputPlaces(inputs: readonly Input[], folder: string, gzip: boolean): OutputPlace[] {
  const taken = new Map<string, string>();
  return inputs.map((input) => {
    const path = resolve(folder, `${stem(input)}.ndjson${gzip ? '.gz' : ''}`);
    if (!path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`))
      throw new UsageError(`${input.name}: its events would be written outside ${folder}`);
    // Some file systems ignore case.
    const id = path.toLowerCase();
    const other = taken.get(id);
    if (other !== undefined)
      throw new UsageError(`${other} and ${input.name} would both become ${path}. Run them separately.`);
    taken.set(id, input.name);
    return { path, gzip };
  });
}

function stem({ path, s3Object, below }: Input): string {
  const [, key = below] = /^(?:.*\/)?(AWSLogs\/.*)$/s.exec(path ?? s3Object?.key ?? below) ?? [];
  return key.replace(/\.json(\.gz)?$/, '');
}
