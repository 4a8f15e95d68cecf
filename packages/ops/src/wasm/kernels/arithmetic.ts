import { util } from '@tensorflow/tfjs-core';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, elements, tensors } from '../wasm-kernel.ts';

type Name = 'add' | 'subtract' | 'multiply' | 'squaredDifference';

const kernel = (kernelName: string, name: Name): WasmKernel => ({
  kernelName,
  covers: (args) => allFloat(args) && util.arraysEqual(tensors(args).a.shape, tensors(args).b.shape),
  compute: (memory, args) => {
    const { a, b } = tensors(args);
    const result = memory.output(a.shape);
    const [x, y] = [memory.address(a), memory.address(b)];
    const cut = memory.cut(elements(a), 0.25, 16);
    memory.run(cut.map(([i, n]) => [name, n, x + i * 4, y + i * 4, result.address + i * 4]));
    return result.info;
  },
});

/** Arithmetic of two tensors of one shape, on all threads; the stock backend has it on one, and broadcasts. */
export const arithmetic: readonly WasmKernel[] = [
  kernel('Add', 'add'),
  kernel('Sub', 'subtract'),
  kernel('Multiply', 'multiply'),
  kernel('SquaredDifference', 'squaredDifference'),
];
