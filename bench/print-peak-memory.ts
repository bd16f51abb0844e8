import { writeSync } from 'node:fs';

// Loaded into the measured process: writes its peak resident size in KiB to the parent's pipe.
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));
