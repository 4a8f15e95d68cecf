import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { specifications } from '../nets/specifications.ts';
import { startPyTorch } from '../peers/pytorch.ts';
import { sized, type Result } from '../result.ts';
import type { Suite } from './suite.ts';

const script = fileURLToPath(new URL('../memory/train-alone.ts', import.meta.url));
const names = ['vit', 'unet', 'unet-16', 'edm2-xs'];

/** The most memory that a process takes which does nothing but train one network for three steps, interpreter and libraries included. */
export const memory: Suite = {
  name: 'memory',
  async run({ pytorch, note, remark }) {
    const results: Result[] = [];
    for (const name of names) {
      const ours = await trainAlone(name);
      note(`${name}: ${ours.toFixed(0)} MiB`);
      if (!pytorch) remark(`${name}-train-memory: ${ours.toFixed(0)} MiB at most.`);
      if (!pytorch) continue;
      // A fresh one: the figure is of the whole life of a process.
      const fresh = startPyTorch()!;
      try {
        const job = await fresh.open({ ...specifications[name]().peer, train: true, threads: 1 });
        await job.once();
        results.push(sized(`${name}-train-memory/wasm-1/pytorch-1`, ours, await job.close(), 'MiB'));
      } finally {
        fresh.close();
      }
    }
    return results;
  },
};

async function trainAlone(name: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script, name]);
  return (JSON.parse(stdout.trim().split('\n').at(-1)!) as { peakMiB: number }).peakMiB;
}
