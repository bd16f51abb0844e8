import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { keysOf } from '../../cli/local-bucket.ts';
import { Progress } from '../../cli/progress.ts';

function show(
  isTTY: boolean,
  totalBytes: number | undefined,
  run: (progress: Progress, pass: (ms: number) => void) => void,
) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  let now = 0;
  const progress = new Progress({
    totalBytes,
    stream: stream as unknown as NodeJS.WriteStream,
    now: () => now,
  });
  run(progress, (ms) => {
    now += ms;
  });
  progress.stop();
  return String(stream.read() ?? '');
}

describe('progress', () => {
  it('is a line every ten seconds where there is no terminal', () => {
    const lines = show(false, 40e6, (progress, pass) => {
      for (let second = 1; second <= 21; second++) {
        pass(1000);
        progress.update(second * 1e6, `${second} records`);
      }
    });
    expect(lines).toBe(
      '10.0 MB of 40.0 MB (25 %): 10 records, 1.0 MB/s, 30 s left\n' +
        '20.0 MB of 40.0 MB (50 %): 20 records, 1.0 MB/s, 20 s left\n',
    );
  });

  it('has no share and no time left without a total', () => {
    const lines = show(false, undefined, (progress, pass) => {
      pass(10_000);
      progress.update(20e6, '7 records');
    });
    expect(lines).toBe('20.0 MB: 7 records, 2.0 MB/s\n');
  });

  it('is a bar on a terminal, which is gone at the end and loses no line', () => {
    const text = show(true, 40e6, (progress, pass) => {
      pass(1000);
      progress.update(10e6, '10 records');
      progress.note('x.json: broken');
    });
    expect(text).toMatch(/25 % \| 10 records \| 10\.0 MB\/s \| 3 s left/);
    expect(text).toContain('x.json: broken\n');
  });

  it('never shows more than everything, even if a corrupt file was read again', () => {
    const lines = show(false, 20e6, (progress, pass) => {
      pass(10_000);
      progress.update(23e6, '7 records');
    });
    expect(lines).toBe('20.0 MB of 20.0 MB (100 %): 7 records, 2.0 MB/s, 0 s left\n');
  });

  it('prints nothing for work that is done at once', () => {
    expect(show(false, 10, (progress) => progress.update(10, '1 record'))).toBe('');
  });
});

describe('keys of local files', () => {
  it.each([
    [['/a/x.json.gz'], ['x.json.gz']],
    [
      ['/t/a/x.json.gz', '/t/b/x.json.gz'],
      ['a/x.json.gz', 'b/x.json.gz'],
    ],
    [
      ['/t/log', '/t/log.json.gz'],
      ['log.json.gz', 'log.json.gz.json.gz'],
    ],
    [
      ['/t/AWSLogs/1/CloudTrail/a.json', '/t/AWSLogs/2/CloudTrail/b.json'],
      ['1/CloudTrail/a.json', '2/CloudTrail/b.json'],
    ],
  ])('%j', (paths, keys) => {
    expect(keysOf(paths)).toEqual(keys);
  });
});
