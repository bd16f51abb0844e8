// Runs the bundle in a process without the test runner, like Lambda does. It receives events from its parent
// and answers each with the handler's result and the peak resident memory so far.
import { pathToFileURL } from 'node:url';

const { handler } = await import(pathToFileURL(process.argv[2]).href);
const context = { getRemainingTimeInMillis: () => 300_000 };

process.on('message', async (event) => {
  const answer = await handler(event, context).catch((error) => String(error));
  process.send({ answer, peakBytes: process.resourceUsage().maxRSS * 1024 });
});
process.send('ready');
