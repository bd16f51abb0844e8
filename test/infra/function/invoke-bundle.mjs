// A process like the function's: the bundle and its environment, and nothing of the tests. Takes events from its parent,
// and answers each with what the handler did and the peak of resident memory so far.
import { pathToFileURL } from 'node:url';

const { handler } = await import(pathToFileURL(process.argv[2]).href);
const context = { getRemainingTimeInMillis: () => 300_000 };

process.on('message', async (event) => {
  const answer = await handler(event, context).catch((error) => String(error));
  process.send({ answer, peakBytes: process.resourceUsage().maxRSS * 1024 });
});
process.send('ready');
