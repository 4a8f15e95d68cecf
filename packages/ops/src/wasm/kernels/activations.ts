import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, elements, tensors } from '../wasm-kernel.ts';

/** The kernels that map every element, by the name of their export: the op and its gradient. */
const forward = (kernelName: string, name: 'gelu' | 'geluTanh' | 'silu'): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { x } = tensors(args);
    const y = memory.output(x.shape);
    memory.kernels[name](elements(x), memory.address(x), y.address);
    return y.info;
  },
});

const backward = (kernelName: string, name: 'geluGrad' | 'geluTanhGrad' | 'siluGrad'): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x } = tensors(args);
    const dx = memory.output(x.shape);
    memory.kernels[name](elements(x), memory.address(dy), memory.address(x), dx.address);
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
