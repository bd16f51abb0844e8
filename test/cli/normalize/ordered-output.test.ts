import { describe, expect, it } from 'vitest';
import { OrderedOutput } from '../../../cli/normalize/ordered-output.ts';

describe('OrderedOutput', () => {
  it('writes files in order, and lets a file beyond the limit wait for its turn', async () => {
    const written: string[] = [];
    const output = new OrderedOutput(async (bytes) => void written.push(Buffer.from(bytes).toString()), 3);
    await output.write(1, Buffer.from('abc'));
    let isWritten = false;
    const beyond = output.write(2, Buffer.from('d')).then(() => {
      isWritten = true;
    });
    await output.write(0, Buffer.from('first'));
    await output.finish(1);
    expect({ written, isWritten }).toEqual({ written: ['first'], isWritten: false });
    await output.finish(0);
    await beyond;
    await output.finish(2);
    expect(written).toEqual(['first', 'abc', 'd']);
  });

  it('keeps what the next file adds while its turn begins', async () => {
    let written = '';
    const output = new OrderedOutput(async (bytes) => {
      written += Buffer.from(bytes);
    });
    await output.write(0, Buffer.from('A'));
    const finished = output.finish(0);
    await output.write(1, Buffer.from('B'));
    await finished;
    await output.write(1, Buffer.from('C'));
    await output.finish(1);
    expect(written).toBe('ABC');
  });

  it('writes nothing behind a file that is not finished, and lets nothing wait after the stop', async () => {
    let written = '';
    const output = new OrderedOutput(async (bytes) => {
      written += Buffer.from(bytes);
    }, 3);
    await output.write(0, Buffer.from('A'));
    await output.write(2, Buffer.from('kept'.slice(0, 3)));
    await output.finish(2);
    const beyond = output.write(1, Buffer.from('beyond'));
    output.stop();
    await beyond;
    await output.finish(0);
    await output.write(1, Buffer.from('after what was dropped'));
    await output.finish(1);
    expect(written).toBe('A');
  });

  it('finishes after the stop what waits for nothing', async () => {
    let written = '';
    const output = new OrderedOutput(async (bytes) => {
      written += Buffer.from(bytes);
    });
    await output.write(1, Buffer.from('B'));
    await output.finish(1);
    output.stop();
    await output.write(0, Buffer.from('A'));
    await output.finish(0);
    await output.write(2, Buffer.from('C'));
    expect(written).toBe('ABC');
  });
});
