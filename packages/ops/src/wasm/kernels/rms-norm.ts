import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const forward: WasmKernel = {
  kernelName: 'DiptychRmsNorm',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, gamma } = tensors(args);
    const [rows, width] = x.shape;
    const { epsilon } = args.attrs as unknown as { epsilon: number };
    const y = memory.output(x.shape);
    const rstd = memory.output([rows, 1]);
    const inputs = [memory.address(x), memory.address(gamma)];
    memory.kernels.rmsNorm(rows, width, epsilon, ...inputs, y.address, rstd.address);
    return [y.info, rstd.info];
  },
};

const backward: WasmKernel = {
  kernelName: 'DiptychRmsNormGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x, gamma, rstd } = tensors(args);
    const [rows, width] = x.shape;
    const dx = memory.output(x.shape);
    const dGamma = memory.output([width]);
    const inputs = [dy, x, gamma, rstd].map((tensor) => memory.address(tensor));
    memory.kernels.rmsNormGrad(rows, width, ...inputs, dx.address, dGamma.address);
    return [dx.info, dGamma.info];
  },
};

/** Root mean square norm and its gradient. */
export const rmsNorm: readonly WasmKernel[] = [forward, backward];
