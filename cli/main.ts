#!/usr/bin/env node
/** The program's entry. Checks Node before it loads anything that an older Node cannot parse. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`cloudtrail-firehose needs Node.js 20.19 or later; this is ${process.version}.`);
  process.exit(1);
}
const { runProgram } = await import('./program.ts');
process.exitCode = await runProgram(process.argv);
