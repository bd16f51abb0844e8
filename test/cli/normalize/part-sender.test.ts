import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Counts, noCounts } from '../../../cli/normalize/chunk.ts';
import { PartSender } from '../../../cli/normalize/part-sender.ts';
import type { FilePart } from '../../../cli/normalize/worker-messages.ts';

const MIB = 1024 * 1024;

const countsOf = (records: number): Counts => ({ ...noCounts(), records });

/** A sender whose messages are collected. Their memory is transferred, as to another thread. */
function collect() {
  const messages: { parts: FilePart[]; text: string }[] = [];
  const memories: ArrayBuffer[] = [];
  const sender = new PartSender((parts, lines) => {
    const received = structuredClone(lines, { transfer: [lines.buffer] });
    messages.push({ parts, text: Buffer.from(received).toString() });
    memories.push(received.buffer);
  });
  const giveBack = () => {
    const memory = memories.shift();
    if (memory) sender.takeBack(memory);
  };
  return { sender, messages, memories, giveBack };
}

describe('PartSender', () => {
  it('sends the parts of several files in one message, those of one file together', async () => {
    const { sender, messages } = collect();
    await sender.add(0, countsOf(2), Buffer.from('a\nb\n'));
    await sender.add(
      0,
      { ...countsOf(1), faults: [{ place: undefined, reason: 'cut' }] },
      Buffer.from('c\n'),
    );
    sender.endFile(true);
    await sender.add(1, countsOf(3), Buffer.from('d\n'));
    sender.endFile(false);
    expect(messages).toEqual([]);
    await sender.flush();
    expect(messages).toEqual([
      {
        parts: [
          {
            file: 0,
            counts: { ...countsOf(3), faults: [{ place: undefined, reason: 'cut' }] },
            isRead: true,
          },
          { file: 1, counts: countsOf(3), isRead: false },
        ],
        text: 'a\nb\nc\nd\n',
      },
    ]);
  });

  it('fills more messages while others are written, and then waits', async () => {
    const { sender, messages, giveBack } = collect();
    const mebibyte = Buffer.alloc(MIB, 'x');
    for (let message = 0; message < 9; message++) await sender.add(0, countsOf(1), mebibyte);
    let isAdded = false;
    const more = sender.add(0, countsOf(1), mebibyte).then(() => {
      isAdded = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect({ isAdded, messages: messages.length }).toEqual({ isAdded: false, messages: 8 });
    giveBack();
    await more;
    expect(messages).toHaveLength(9);
  });

  it('tells of stored bytes without events', async () => {
    const { sender, messages, giveBack } = collect();
    for (let at = 0; at < 8; at++) {
      await sender.add(0, { ...noCounts(), bytes: 100_000 }, new Uint8Array(0));
      giveBack();
    }
    expect(messages.map(({ parts }) => parts[0]?.counts.bytes)).toEqual([300_000, 300_000]);
  });

  it('loses and repeats nothing, whatever the sizes', async () => {
    let messageCount = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 * MIB }), { maxLength: 12 }), async (sizes) => {
        const { sender, messages, giveBack } = collect();
        const timer = setInterval(giveBack);
        for (const [file, size] of sizes.entries()) {
          await sender.add(file, countsOf(1), Buffer.alloc(size, String.fromCharCode(97 + file)));
          sender.endFile(true);
        }
        await sender.flush();
        clearInterval(timer);
        const expected = sizes.map((size, file) => String.fromCharCode(97 + file).repeat(size)).join('');
        expect(messages.map(({ text }) => text).join('') === expected).toBe(true);
        expect(messages.flatMap(({ parts }) => parts.map(({ file }) => file))).toEqual([...sizes.keys()]);
        messageCount += messages.length;
      }),
      { numRuns: 20, seed: 6 },
    );
    expect(messageCount).toBeGreaterThan(60);
  });
});
