import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, elements, tensors } from '../wasm-kernel.ts';

/** The kernels that map every element, by the name of their export: the op and its gradient. */
const forward = (kernelName: string, name: 'gelu' | 'geluTanh' | 'silu'): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { x } = tensors(args);
    const y = memory.output(x.shape);
    const from = memory.address(x);
    memory.run(memory.cut(elements(x), 1.5, 16).map(([i, n]) => [name, n, from + i * 4, y.address + i * 4]));
    return y.info;
  },
});

const backward = (kernelName: string, name: 'geluGrad' | 'geluTanhGrad' | 'siluGrad'): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x } = tensors(args);
    const dx = memory.output(x.shape);
    const addresses = [memory.address(dy), memory.address(x), dx.address];
    memory.run(memory.cut(elements(x), 2, 16).map(([i, n]) => [name, n, ...addresses.map((at) => at + i * 4)]));
    return dx.info;
  },
});

/** GELU (exact and by tanh) and SiLU with their gradients. */
export const activations: readonly WasmKernel[] = [
  forward('DiptychGelu', 'gelu'),
  backward('DiptychGeluGrad', 'geluGrad'),
  forward('DiptychGeluTanh', 'geluTanh'),
  backward('DiptychGeluTanhGrad', 'geluTanhGrad'),
  forward('DiptychSilu', 'silu'),
  backward('DiptychSiluGrad', 'siluGrad'),
];
