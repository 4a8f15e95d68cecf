import { attributes } from '../../fused/attributes.ts';
import type { Transposes } from './matrix-product.ts';
import { matrixProduct } from './matrix-product.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

/** `tf.matMul`, which stock WASM runs as a naive loop unless both operands are plain matrices. */
export const batchMatMul: WasmKernel = {
  kernelName: 'BatchMatMul',
  covers: allFloat,
  compute: (memory, args) => {
    const { a, b } = tensors(args);
    return matrixProduct(memory, a, b, attributes<Transposes>(args.attrs));
  },
};
