import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, elements, tensors } from '../wasm-kernel.ts';

type Name = 'exp' | 'log' | 'tanh' | 'erf' | 'sigmoid' | 'sqrtAll' | 'rsqrt';

const kernel = (kernelName: string, name: Name): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { x } = tensors(args);
    const y = memory.output(x.shape);
    const from = memory.address(x);
    memory.run(memory.cut(elements(x), 1, 16).map(([i, n]) => [name, n, from + i * 4, y.address + i * 4]));
    return y.info;
  },
});

/** Elementary functions, which the stock backend computes one number at a time. */
export const elementary: readonly WasmKernel[] = [
  kernel('Exp', 'exp'),
  kernel('Log', 'log'),
  kernel('Tanh', 'tanh'),
  kernel('Erf', 'erf'),
  kernel('Sigmoid', 'sigmoid'),
  kernel('Sqrt', 'sqrtAll'),
  kernel('Rsqrt', 'rsqrt'),
];
