import { describe, expect, it } from 'vitest';
import { useCli } from './run-cli.ts';

const cli = useCli();

describe('local --demo', () => {
  it('finds and mends what it planted, and nothing else', async () => {
    const { stdout, stderr, status } = await cli.run(['local', '--demo']);
    expect(stderr).toBe('✔ all three gaps were found and mended');
    expect(status).toBe(0);
    const commands = [...stdout.matchAll(/^\$ cloudtrail-firehose (\w+)/gm)].map(([, command]) => command);
    expect(commands).toEqual(['status', 'verify', 'replay', 'verify', 'backfill', 'status', 'verify']);
    // The first day, three lost notifications and a forbidden object.
    expect(stdout).toContain('✖ 196 incomplete; 192 digests, 384 log files\n');
    expect(stdout).toContain('✔ 192 digests, 384 log files, all intact and received\n');
    expect(stdout).toContain('7,680 records of 7,680 delivered');
  });

  it('takes no log files', async () => {
    const { stderr, status } = await cli.run(['local', '--demo', 'events/']);
    expect(stderr).toBe('error: --demo makes its own log files. Leave out the others.');
    expect(status).toBe(2);
  });

  it('ends on Ctrl-C', async () => {
    const child = cli.start(['local', '--demo']);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { stderr, status } = await child.finished;
    expect(stderr).toBe('✖ interrupted');
    expect(status).toBe(130);
  });
});
