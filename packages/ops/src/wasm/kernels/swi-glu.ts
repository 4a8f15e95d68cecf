import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const forward: WasmKernel = {
  kernelName: 'DiptychSwiGlu',
  covers: allFloat,
  compute: (memory, args) => {
    const { x } = tensors(args);
    const [rows, width] = [x.shape[0], x.shape[1] / 2];
    const y = memory.output([rows, width]);
    const from = memory.address(x);
    memory.run(
      memory.cut(rows, width * 2).map(([row, count]) => {
        return ['swiGlu', count, width, from + row * width * 8, y.address + row * width * 4];
      }),
    );
    return y.info;
  },
};

const backward: WasmKernel = {
  kernelName: 'DiptychSwiGluGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x } = tensors(args);
    const dx = memory.output(x.shape);
    const [rows, width] = [x.shape[0], x.shape[1] / 2];
    const [slope, from] = [memory.address(dy), memory.address(x)];
    memory.run(
      memory.cut(rows, width * 3).map(([row, count]) => {
        const at = row * width * 8;
        return ['swiGluGrad', count, width, slope + at / 2, from + at, dx.address + at];
      }),
    );
    return dx.info;
  },
};

/** The gated activation and its gradient. */
export const swiGlu: readonly WasmKernel[] = [forward, backward];
