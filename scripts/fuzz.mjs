/**
 * pnpm fuzz [--seconds 60]: gives every parser damaged files on the sources, see packages/test-utils/src/fuzz/main.ts.
 * pnpm fuzz --hostile [--only words]: measures the files made to fill memory or time, see measure-hostile.ts beside it.
 */
import { spawn } from 'node:child_process';
import { root } from './run.mjs';
import './build-kernels.mjs';

const args = process.argv.slice(2).filter((arg) => arg !== '--');
const hostile = args.includes('--hostile');
const entry = `${root}packages/test-utils/src/fuzz/${hostile ? 'measure-hostile' : 'main'}.ts`;
const rest = args.filter((arg) => arg !== '--hostile');
const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry, ...rest], {
  stdio: 'inherit',
  env: { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` },
});
child.on('exit', (code) => process.exit(code ?? 1));
