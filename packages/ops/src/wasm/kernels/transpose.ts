import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
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
    const [from, to] = [memory.address(x), output.address];
    if (swapped) transposePlanes(memory, outer, from, to, swapped, last);
    else transposeRows(memory, outer, from, to, last.size);
    return output.info;
  },
};

/** Nanoseconds to move a number, about: along a row, and from row to column. */
const [along, across] = [0.3, 0.6];

/** An axis that is long enough to be shared out. */
const longAxis = 8;

/** Moves rows of `count` numbers to where the axes say. */
export function transposeRows(memory: BackendMemory, axes: readonly Axis[], x: number, y: number, count: number): void {
  withPlan(memory, axes, (plan, outer, numbers) => {
    const calls = memory.cut(outer.size, numbers * count * along).map(([i, size]): Call => {
      return ['transposeRows', axes.length, plan, size, x + i * outer.from, y + i * outer.to, count];
    });
    memory.run(calls);
  });
}

/** Swaps the axis that is contiguous in x with the one that is contiguous in y, for all places of the other axes. */
function transposePlanes(memory: BackendMemory, axes: readonly Axis[], x: number, y: number, rows: Axis, last: Axis) {
  withPlan(memory, axes, (plan, outer, numbers) => {
    const plane = [last.size, last.from];
    const calls =
      outer.size >= longAxis
        ? memory.cut(outer.size, numbers * rows.size * last.size * across).map(([i, size]): Call => {
            const from = [x + i * outer.from, y + i * outer.to];
            return ['transposePlanes', axes.length, plan, size, ...from, rows.size, rows.to, ...plane];
          })
        : memory.cut(rows.size, outer.size * numbers * last.size * across, 16).map(([i, count]): Call => {
            const from = [x + i * 4, y + i * rows.to];
            return ['transposePlanes', axes.length, plan, outer.size, ...from, count, rows.to, ...plane];
          });
    memory.run(calls);
  });
}

/** Writes the axes as a plan whose first is the one to share out, and says how many places the others have together. */
function withPlan(
  memory: BackendMemory,
  axes: readonly Axis[],
  run: (plan: number, outer: Axis, numbers: number) => void,
): void {
  const first = axes[0] ?? { size: 1, from: 0, to: 0 };
  const outer = first.size >= longAxis ? first : axes.reduce((a, b) => (b.size > a.size ? b : a), first);
  const others = axes.filter((axis) => axis !== outer);
  const ordered = axes.length === 0 ? [] : [outer, ...others];
  memory.scratch(Math.max(ordered.length, 1) * 12, (plan) => {
    memory.writeInts(
      plan,
      ordered.flatMap(({ size, from, to }) => [size, from, to]),
    );
    run(
      plan,
      outer,
      others.reduce((places, { size }) => places * size, 1),
    );
  });
}

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
