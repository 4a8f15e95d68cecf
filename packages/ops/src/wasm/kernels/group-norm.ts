import { attributes } from '../../fused/attributes.ts';
import type { Call } from '../kernel-exports.ts';
import { sumParts } from './sum-parts.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const forward: WasmKernel = {
  kernelName: 'DiptychGroupNorm',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, gamma, beta } = tensors(args);
    const [batch, places, channels] = x.shape;
    const { groups, epsilon } = attributes<{ groups: number; epsilon: number }>(args.attrs);
    const outputs = [memory.output(x.shape), memory.output([batch, groups]), memory.output([batch, groups])];
    const [from, ...weights] = [x, gamma, beta].map((tensor) => memory.address(tensor));
    const [y, mean, rstd] = outputs.map(({ address }) => address);
    const calls = memory.cut(batch, places * channels).map(([image, count]): Call => {
      const [at, of] = [image * places * channels * 4, image * groups * 4];
      const own = [from + at, ...weights, y + at, mean + of, rstd + of];
      return ['groupNorm', count, places, channels, groups, epsilon, ...own];
    });
    memory.run(calls, memory.kernels.groupNormScratch(channels));
    return outputs.map(({ info }) => info);
  },
};

const backward: WasmKernel = {
  kernelName: 'DiptychGroupNormGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x, gamma, mean, rstd } = tensors(args);
    const [batch, places, channels] = x.shape;
    const groups = mean.shape[1];
    const outputs = [memory.output(x.shape), memory.output([channels]), memory.output([channels])];
    const [slope, from, weights, level, scale] = [dy, x, gamma, mean, rstd].map((tensor) => memory.address(tensor));
    const [dx, ...dWeights] = outputs.map(({ address }) => address);
    const sums = dWeights.map((to) => ({ width: channels, to }));
    const scratchBytes = memory.kernels.groupNormScratch(channels);
    const call = (image: number, count: number, partial: readonly number[]): Call => {
      const [at, of] = [image * places * channels * 4, image * groups * 4];
      const own = [slope + at, from + at, weights, level + of, scale + of, dx + at];
      return ['groupNormGrad', count, places, channels, groups, ...own, ...partial];
    };
    sumParts(memory, batch, places * channels * 1.5, sums, call, scratchBytes);
    return outputs.map(({ info }) => info);
  },
};

/** Group norm and its gradient. */
export const groupNorm: readonly WasmKernel[] = [forward, backward];
