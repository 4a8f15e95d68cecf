import { attributes } from '../../fused/attributes.ts';
import type { BackendMemory } from '../backend-memory.ts';
import { sumParts } from './sum-parts.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const optional = (memory: BackendMemory, tensor: Parameters<BackendMemory['address']>[0] | undefined) =>
  tensor ? memory.address(tensor) : 0;

const forward = (kernelName: string): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { x, gamma, beta } = tensors(args);
    const [rows, width] = x.shape;
    const { epsilon } = attributes<{ epsilon: number }>(args.attrs);
    const y = memory.output(x.shape);
    const mean = memory.output([rows, 1]);
    const rstd = memory.output([rows, 1]);
    const weights = [optional(memory, gamma), optional(memory, beta)];
    const from = memory.address(x);
    memory.run(
      memory.cut(rows, width).map(([row, count]) => {
        const at = row * width * 4;
        const to = [y.address + at, mean.address + row * 4, rstd.address + row * 4];
        return ['layerNorm', count, width, epsilon, from + at, ...weights, ...to];
      }),
    );
    return [y.info, mean.info, rstd.info];
  },
});

const backward = (kernelName: string): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x, mean, rstd, gamma } = tensors(args);
    const [rows, width] = x.shape;
    const dx = memory.output(x.shape);
    const dWeights = gamma ? [memory.output([width]), memory.output([width])] : [];
    const inputs = [dy, x, mean, rstd].map((tensor) => memory.address(tensor));
    const [slope, from, level, scale] = inputs;
    const weights = optional(memory, gamma);
    const sums = dWeights.map(({ address: to }) => ({ width, to }));
    sumParts(memory, rows, width * 1.5, sums, (row, count, [dGamma = 0, dBeta = 0]) => {
      const at = row * width * 4;
      const own = [slope + at, from + at, level + row * 4, scale + row * 4, weights, dx.address + at];
      return ['layerNormGrad', count, width, ...own, dGamma, dBeta];
    });
    return [dx.info, ...dWeights.map(({ info }) => info)];
  },
});

/** Layer norm with and without scale and shift, and the gradients. */
export const layerNorm: readonly WasmKernel[] = [
  forward('DiptychLayerNorm'),
  backward('DiptychLayerNormGrad'),
  forward('DiptychNormalize'),
  backward('DiptychNormalizeGrad'),
];
