import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmKernel } from '../wasm-kernel.ts';
import { tensors } from '../wasm-kernel.ts';

/** An axis of the result: its length, and the strides (bytes) in the operand and in the result. */
interface Axis {
  size: number;
  from: number;
  to: number;
}

/** `tf.transpose` of any rank; the stock kernel is fast up to rank 2 and takes what moves nothing. */
export const transpose: WasmKernel = {
  kernelName: 'Transpose',
  covers: (args) => {
    const { x } = tensors(args);
    // The stock kernel divides by the size of an empty tensor.
    if (x.shape.includes(0)) return true;
    return ['float32', 'int32'].includes(x.dtype) && axes(x, permutation(args.attrs)).length > 1;
  },
  compute: (memory, args) => {
    const { x } = tensors(args);
    const perm = permutation(args.attrs);
    const output = memory.output(
      perm.map((axis) => x.shape[axis]),
      x.dtype,
    );
    if (x.shape.includes(0)) return output.info;
    const all = axes(x, perm);
    const last = all[all.length - 1];
    // Either the last axis is contiguous in the operand too, or another one is and the two are swapped.
    const swapped = last.from === 4 ? undefined : all.find((axis) => axis.from === 4)!;
    const outer = all.filter((axis) => axis !== last && axis !== swapped);
    memory.scratch(outer.length * 12, (plan) => {
      memory.writeInts(
        plan,
        outer.flatMap(({ size, from, to }) => [size, from, to]),
      );
      const { kernels } = memory;
      const rest = [outer.length, plan, memory.address(x), output.address] as const;
      if (swapped) kernels.transposePlanes(...rest, swapped.size, swapped.to, last.size, last.from);
      else kernels.transposeRows(...rest, last.size);
    });
    return output.info;
  },
};

const permutation = (attrs: unknown): readonly number[] => (attrs as { perm: readonly number[] }).perm;

/** Axes of the result, outermost first; those of length 1 are dropped, those that stay together are one. */
function axes(x: TensorInfo, perm: readonly number[]): Axis[] {
  const fromStrides: number[] = [];
  for (let axis = x.shape.length - 1, stride = 4; axis >= 0; stride *= x.shape[axis], axis--)
    fromStrides[axis] = stride;
  const result: Axis[] = [];
  for (let i = perm.length - 1, to = 4; i >= 0; i--) {
    const size = x.shape[perm[i]];
    if (size === 1) continue;
    const from = fromStrides[perm[i]];
    const inner = result[0];
    if (inner && from === inner.from * inner.size) inner.size *= size;
    else result.unshift({ size, from, to });
    to *= size;
  }
  return result;
}
