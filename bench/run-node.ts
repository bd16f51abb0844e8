import { execFileSync } from 'node:child_process';
import { DEFAULT_MEMORY_MIB, nodeOptions } from '../infra/function/node-options.ts';
import { median } from './measure.ts';

const ENVIRONMENT = {
  ...process.env,
  AWS_REGION: 'eu-west-1',
  DELIVERY_STREAM_NAME: 'bench',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/** Runs a program in a new process of this Node. @returns its JSON output */
export function runNode<Result>(program: string, ...args: string[]): Result {
  return run(program, args, ENVIRONMENT);
}

/** Like `runNode`, with the function's Node options. */
export function runAsDeployed<Result>(program: string, ...args: string[]): Result {
  return run(program, args, { ...ENVIRONMENT, NODE_OPTIONS: nodeOptions(DEFAULT_MEMORY_MIB) });
}

function run<Result>(program: string, args: string[], env: NodeJS.ProcessEnv): Result {
  const output = execFileSync(process.execPath, [program, ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}

/** Returns the CPU milliseconds of an empty Node process. */
export function measureEmptyNode(runs: number): number {
  const script = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)';
  const times = Array.from({ length: runs }, () =>
    Number(execFileSync(process.execPath, ['--eval', script], { env: ENVIRONMENT, encoding: 'utf8' })),
  );
  return median(times);
}
