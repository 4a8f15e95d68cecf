import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const forward: WasmKernel = {
  kernelName: 'DiptychGroupNorm',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, gamma, beta } = tensors(args);
    const [batch, places, channels] = x.shape;
    const { groups, epsilon } = args.attrs as unknown as { groups: number; epsilon: number };
    const outputs = [memory.output(x.shape), memory.output([batch, groups]), memory.output([batch, groups])];
    memory.scratch(memory.kernels.groupNormScratch(channels), (scratch) => {
      const inputs = [x, gamma, beta].map((tensor) => memory.address(tensor));
      const to = outputs.map(({ address }) => address);
      memory.kernels.groupNorm(batch, places, channels, groups, epsilon, ...inputs, ...to, scratch);
    });
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
    memory.scratch(memory.kernels.groupNormScratch(channels), (scratch) => {
      const inputs = [dy, x, gamma, mean, rstd].map((tensor) => memory.address(tensor));
      const to = outputs.map(({ address }) => address);
      memory.kernels.groupNormGrad(batch, places, channels, groups, ...inputs, ...to, scratch);
    });
    return outputs.map(({ info }) => info);
  },
};

/** Group norm and its gradient. */
export const groupNorm: readonly WasmKernel[] = [forward, backward];
