import { describe, expect, it } from 'vitest';
import { OrderedOutput } from '../../../cli/normalize/ordered-output.ts';

/** An output, and what it has written so far. */
function collect() {
  const written = { text: '' };
  const output = new OrderedOutput(async (bytes) => {
    written.text += Buffer.from(bytes);
  });
  const write = (group: number, text: string) => output.write(group, Buffer.from(text));
  return { output, written, write };
}

describe('OrderedOutput', () => {
  it('writes groups in order, and lets the others wait for their turn', async () => {
    const { output, written, write } = collect();
    const second = write(1, 'B').then(() => write(1, 'C'));
    const third = write(2, 'D');
    await write(0, 'A');
    await new Promise((resolve) => setImmediate(resolve));
    expect(written.text).toBe('A');
    output.finish(0);
    await second;
    expect(written.text).toBe('ABC');
    output.finish(1);
    await third;
    output.finish(2);
    expect(written.text).toBe('ABCD');
  });

  it('skips a group that ended without output before its turn', async () => {
    const { output, written, write } = collect();
    output.finish(1);
    const third = write(2, 'C');
    await write(0, 'A');
    output.finish(0);
    await third;
    expect(written.text).toBe('AC');
  });

  it('writes nothing behind a group that is not finished, and lets nothing wait after the stop', async () => {
    const { output, written, write } = collect();
    await write(0, 'A');
    const beyond = write(1, 'dropped');
    output.stop();
    await beyond;
    await write(2, 'dropped as well');
    output.finish(2);
    output.finish(0);
    await write(1, 'after what was dropped');
    output.finish(1);
    expect(written.text).toBe('A');
  });

  it('writes after the stop what waits for nothing', async () => {
    const { output, written, write } = collect();
    output.stop();
    await write(0, 'A');
    output.finish(0);
    await write(1, 'B');
    expect(written.text).toBe('AB');
  });
});
