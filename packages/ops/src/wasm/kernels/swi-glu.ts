import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const forward: WasmKernel = {
  kernelName: 'DiptychSwiGlu',
  covers: allFloat,
  compute: (memory, args) => {
    const { x } = tensors(args);
    const [rows, width] = [x.shape[0], x.shape[1] / 2];
    const y = memory.output([rows, width]);
    memory.kernels.swiGlu(rows, width, memory.address(x), y.address);
    return y.info;
  },
};

const backward: WasmKernel = {
  kernelName: 'DiptychSwiGluGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x } = tensors(args);
    const dx = memory.output(x.shape);
    memory.kernels.swiGluGrad(x.shape[0], x.shape[1] / 2, memory.address(dy), memory.address(x), dx.address);
    return dx.info;
  },
};

/** The gated activation and its gradient. */
export const swiGlu: readonly WasmKernel[] = [forward, backward];
