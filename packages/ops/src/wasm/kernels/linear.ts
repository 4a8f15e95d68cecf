import { matrixProduct } from './matrix-product.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

/** `DiptychLinear`: the product begins at the bias. */
export const linear: WasmKernel = {
  kernelName: 'DiptychLinear',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, kernel, bias } = tensors(args);
    return matrixProduct(memory, x, kernel, { transposeA: false, transposeB: false }, bias);
  },
};
