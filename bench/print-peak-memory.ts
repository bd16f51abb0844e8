import { writeSync } from 'node:fs';

// Loaded into a process that is measured: tells its peak resident size, in KiB, by the pipe of its parent.
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));
