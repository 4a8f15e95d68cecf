import { denoiser, edm, heun, karrasSigmas, key, sample } from '@diptych/core';
import { batches, digitSplits } from '@diptych/data';
import { contrastiveDistillation, denoisingLoss, mlpHead, weightedSum } from '@diptych/losses';
import { UViT } from '@diptych/models';
import { pickBackend } from '@diptych/ops';
import { installWasmKernels } from '@diptych/ops/wasm';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamW } from '../optimizers/adam-w.ts';
import { train } from './train.ts';

beforeAll(() => {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
});

/** Losses of four steps of a self-conditioned UViT with self-distillation, and one sample, on the current backend. */
async function run() {
  const diffusion = edm({ sigmaData: 0.75 });
  const network = new UViT({ image: [8, 8, 1], patch: 4, width: 16, depth: 2, heads: 2, selfConditioning: {} });
  const small = () => mlpHead({ hidden: 16, out: 8 });
  const contrast = contrastiveDistillation({
    diffusion,
    tap: 'selfConditioning.pooled',
    projector: small(),
    predictor: small(),
  });
  const training = train({
    network,
    objective: weightedSum([1, denoisingLoss(diffusion)], [0.1, contrast]),
    data: batches(digitSplits().train, { batchSize: 8, key: key(1) }),
    optimizer: adamW({ learningRate: 1e-2 }),
    ema: 0.9,
    key: key(2),
    steps: 4,
    checkLeaks: true,
  });
  const losses: number[] = [];
  for await (const { loss } of training) losses.push(loss);
  const denoise = denoiser(network, diffusion, { weights: training.ema });
  const image = await sample(heun(), denoise, { sigmas: karrasSigmas(4), shape: [1, 8, 8, 1], key: key(3) });
  return { losses, pixels: Array.from(await image.data()) };
}

describe('train() in a browser', () => {
  it('makes the same steps and the same sample on WASM with our kernels as on plain JS', async () => {
    expect(await pickBackend({ prefer: ['wasm'] })).toBe('wasm');
    expect((await installWasmKernels()).replaced).toContain('BatchMatMul');
    const wasm = await run();
    expect(await pickBackend({ prefer: ['cpu'] })).toBe('cpu');
    const cpu = await run();
    expect(wasm.losses).toHaveLength(4);
    wasm.losses.forEach((loss, i) => expect(Math.abs(loss / cpu.losses[i] - 1)).toBeLessThan(1e-3));
    wasm.pixels.forEach((pixel, i) => expect(Math.abs(pixel - cpu.pixels[i])).toBeLessThan(2e-2));
    expect(cpu.losses[3]).not.toBe(cpu.losses[0]);
    tf.disposeVariables();
  });
});
