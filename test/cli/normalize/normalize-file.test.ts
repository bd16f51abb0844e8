import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../../../cli/normalize/chunk.ts';
import { createEventMaker, type EventMaker } from '../../../cli/normalize/event-maker.ts';
import { normalizeFile } from '../../../cli/normalize/normalize-file.ts';
import { openFile } from '../../../cli/open-file.ts';

let folder: string;
const fileOf = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normalize-file-'));
  for (const name of ['first', 'second'])
    writeFileSync(fileOf(name), JSON.stringify({ Records: [{ eventName: name }, { eventName: 'Last' }] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads a file. @returns its chunks, and the text of their lines */
async function read(name: string, maker: EventMaker = createEventMaker({})) {
  const chunks: Chunk[] = [];
  let text = '';
  await normalizeFile(
    { name, time: '2026-11-03T09:05:00Z', filter: undefined },
    openFile(fileOf(name)),
    maker,
    async (chunk) => {
      chunks.push(chunk);
      text += Buffer.from(chunk.lines).toString();
      return true;
    },
  );
  return { chunks, text };
}

describe('normalizing one small file after the other', () => {
  it('reuses the memory that the files are read into', async () => {
    const piecesOf = async (name: string) => {
      const pieces = [];
      for await (const piece of openFile(fileOf(name))()) pieces.push(piece);
      return pieces;
    };
    const [first, second] = [await piecesOf('first'), await piecesOf('second')];
    expect(first).toHaveLength(1);
    expect(second[0]?.buffer).toBe(first[0]?.buffer);
    expect(Buffer.from(second[0] ?? []).toString()).toContain('"second"');
  });

  it('reads two at the same time into memory of their own', async () => {
    const [first, second] = ['first', 'second'].map((name) =>
      openFile(fileOf(name))()[Symbol.asyncIterator](),
    );
    const pieces = [await first?.next(), await second?.next()];
    expect(pieces.map((piece) => Buffer.from(piece?.value).includes('"first"'))).toEqual([true, false]);
    for (const reader of [first, second]) await reader?.return?.();
  });

  it('reuses the memory of the events', async () => {
    const first = await read('first');
    const second = await read('second');
    expect(second.chunks[0]?.lines.buffer).toBe(first.chunks[0]?.lines.buffer);
    expect(second.text).toContain('"second"');
    expect(second.text).not.toContain('"first"');
  });

  it('prints nothing of a file that failed before', async () => {
    const maker = createEventMaker({});
    const rules = {
      find({ eventName }: { eventName?: string }) {
        if (eventName === 'Last') throw new Error('a bug');
      },
    };
    const broken = { ...maker, selection: { ...maker.selection, rules: rules as never } };
    const failed = await read('first', broken);
    expect(failed.chunks.flatMap(({ faults }) => faults)).toEqual([{ place: undefined, reason: 'a bug' }]);
    const { text } = await read('second');
    expect(text).toContain('"second"');
    expect(text).not.toContain('"first"');
  });

  it('fails for a file that does not exist by its name', async () => {
    const { chunks } = await read('third');
    expect(chunks.at(-1)?.faults[0]?.reason).toContain('ENOENT');
  });
});
