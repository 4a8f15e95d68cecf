import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { key } from '@diptych/core';
import { batches, bytesToSigned, prefetch } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { cacheFolder, imageFolder, inWorkers } from '@diptych/data/node';
import { best } from '../measure.ts';
import { pythonName } from '../peers/pytorch.ts';
import { timed, type Result } from '../result.ts';
import type { Suite } from './suite.ts';

const script = fileURLToPath(new URL('../../python/loader.py', import.meta.url));
const batchSize = 128;

/** Class folders of images: `$DIPTYCH_IMAGES`, else CIFAR-10's test images where the cache has them. */
const folderOf = () => process.env.DIPTYCH_IMAGES ?? join(cacheFolder(), 'test');

/** Threads run these sources as they are: tsx's own hook leaves threads out. */
const workerOptions = {
  execArgv: [
    '--import',
    `data:text/javascript,${encodeURIComponent(`import { register } from '${import.meta.resolve('tsx/esm/api')}'; register();`)}`,
  ],
};

/** One epoch of shuffled float batches from class folders of JPEG files, against PyTorch's DataLoader with Pillow. */
export const dataLoading: Suite = {
  name: 'data-loading',
  async run({ pytorch, repeat, note, remark }) {
    const folder = folderOf();
    if (!existsSync(folder)) {
      remark(`data-loading: no class folders in ${folder}; DIPTYCH_IMAGES names others.`);
      return [];
    }
    const results: Result[] = [];
    for (const workers of [0, 2]) {
      const open = () =>
        workers === 0
          ? imageFolder(folder)
          : inWorkers({ module: '@diptych/data/node', open: 'imageFolder', args: [folder], workers, workerOptions });
      const data: Dataset & { close?: () => Promise<void> } = await open();
      const depth = Math.max(2, 2 * workers);
      const seconds: number[] = [];
      const memory: number[] = [];
      for (let epoch = 0; epoch <= repeat; epoch++) {
        const start = performance.now();
        await oneEpoch(data, epoch, depth);
        if (epoch > 0) seconds.push((performance.now() - start) / 1000);
        memory.push(process.memoryUsage().rss / 2 ** 20);
      }
      await data.close?.();
      const rate = Math.round(data.length / best(seconds));
      const grown = memory[memory.length - 1] - memory[0];
      note(`${workers} workers: ${rate} images/s`);
      if (!pytorch) remark(`data-loading: ${rate} images/s with ${workers} workers.`);
      if (pytorch) {
        const args = [script, folder, batchSize, workers, repeat].map(String);
        const { stdout } = await promisify(execFile)(pythonName(), args);
        const theirs = best((JSON.parse(stdout) as { seconds: number[] }).seconds);
        results.push(
          timed(
            `load-${data.length}-images/node-workers-${workers}/dataloader-workers-${workers}`,
            best(seconds),
            theirs,
          ),
        );
        remark(
          `data-loading, ${workers} workers: ${rate} images/s, PyTorch's DataLoader ${Math.round(data.length / theirs)}; resident memory moved by ${grown.toFixed(0)} MiB over ${repeat} further epochs.`,
        );
      }
    }
    return results;
  },
};

async function oneEpoch(data: Dataset, epoch: number, depth: number): Promise<void> {
  const stream = prefetch(batches(data, { batchSize, key: key(0), dropRemainder: false }), { depth });
  const first = epoch * stream.stepsPerEpoch;
  let step = first;
  for await (const { x } of stream.from(first)) {
    bytesToSigned(x);
    if (++step === first + stream.stepsPerEpoch) break;
  }
}
