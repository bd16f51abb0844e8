// Runs the bundle in a process without the test runner, like Lambda does. It receives events from its parent
// and answers each with the handler's result and the peak resident memory so far.
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { handler } = await import(pathToFileURL(process.argv[2]).href);
const context = { getRemainingTimeInMillis: () => 300_000 };

process.on('message', async (event) => {
  const answer = await handler(event, context).catch((error) => String(error));
  process.send({ answer, peakBytes: peakBytes() });
});
process.send('ready');

/** `maxRSS` includes what the parent had in memory when it forked, so on Linux the kernel's own mark is read. */
function peakBytes() {
  const status = '/proc/self/status';
  const [, kibibytes] = (existsSync(status) && /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))) || [];
  return 1024 * Number(kibibytes ?? process.resourceUsage().maxRSS);
}
