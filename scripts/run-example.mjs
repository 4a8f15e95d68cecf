/** pnpm example 02-train-on-digits [options]: runs examples/<name>/main.ts on the sources, kernels built first. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { existsSync, readdirSync } from 'node:fs';
import { root } from './run.mjs';
import './build-kernels.mjs';

const [name, ...args] = process.argv.slice(2);
const entry = `${root}examples/${name}/main.ts`;
if (!name || !existsSync(entry)) {
  const examples = readdirSync(`${root}examples`).filter((entry) => /^\d\d-/.test(entry));
  console.error(`run-example: no example named "${name ?? ''}"; there are ${examples.join(', ')}`);
  process.exit(2);
}
// pnpm hands a leading "--" on to the script.
const child = spawn(
  process.execPath,
  ['--import', import.meta.resolve('tsx'), entry, ...(args[0] === '--' ? args.slice(1) : args)],
  {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    stdio: 'inherit',
    env: { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` },
  },
);
// Ctrl-C reaches the example itself (same process group), which saves and ends; this process only waits for it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
// As a shell says it: 130 for SIGINT, 143 for SIGTERM.
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
