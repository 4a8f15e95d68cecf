import { attributes } from '../../fused/attributes.ts';
import type { Transposes } from './matrix-product.ts';
import { matrixProduct } from './matrix-product.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

/** `tf.fused.matMul` without an activation: the product begins at the bias. */
export const fusedMatMul: WasmKernel = {
  kernelName: '_FusedMatMul',
  covers: (args) =>
    allFloat(args) &&
    attributes<{ activation: string }>(args.attrs).activation === 'linear' &&
    (tensors(args).bias == null || tensors(args).bias.shape.length === 1),
  compute: (memory, args) => {
    const { a, b, bias } = tensors(args);
    return matrixProduct(memory, a, b, attributes<Transposes>(args.attrs), bias);
  },
};
