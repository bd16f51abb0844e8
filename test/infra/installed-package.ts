import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Without the variables of npm and vitest, which hold settings of this checkout. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|VITEST)/i.test(name)),
);

/** Runs a program and returns its standard output; throws with the output if the exit status is not 0. */
export async function run(
  folder: string,
  [program = '', ...args]: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { stdout } = await execute(program, args, {
    cwd: folder,
    env: { ...ENVIRONMENT, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  }).catch((error) => {
    throw new Error(`${program} ${args.join(' ')}: ${error.message}\n${error.stdout}`);
  });
  return stdout;
}

/** Packs this project and installs the tarball in a new folder, with the CDK and TypeScript of an app. */
export async function installPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  await run(PROJECT, ['npm', 'pack', '--pack-destination', folder]);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack wrote no tarball');
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const { devDependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  const versions = ['aws-cdk-lib', 'constructs', '@types/node'].map(
    (name) => `${name}@${devDependencies[name]}`,
  );
  // No install scripts: the package needs none.
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run(folder, ['npm', 'install', ...flags, `./${tarball}`, ...versions, 'typescript@5.9.3']);
  return {
    folder,
    root: join(folder, 'node_modules/cloudtrail-firehose'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** How an app is compiled. */
export interface AppOptions {
  type: 'module' | 'commonjs';
  module: string;
  moduleResolution: string;
  /** Whether the declarations of the package and of CDK are checked as well: 15 s more. */
  skipLibCheck: boolean;
}

/** Compiles sources as an app of their own with the installed TypeScript; returns the app's folder. */
export async function compileApp(
  folder: string,
  name: string,
  { type, ...options }: AppOptions,
  sources: Record<string, string>,
): Promise<string> {
  const app = join(folder, name);
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type }));
  for (const [file, source] of Object.entries(sources)) writeFileSync(join(app, file), source);
  const compilerOptions = { target: 'es2022', strict: true, types: ['node'], ...options };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await run(app, ['npx', '--no-install', 'tsc']);
  return app;
}
