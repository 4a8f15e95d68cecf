import type { Tensor } from '@tensorflow/tfjs-core';
import { slice_util, util } from '@tensorflow/tfjs-core';
import { attributes } from '../../fused/attributes.ts';
import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
import { transposeRows } from './transpose.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { tensors } from '../wasm-kernel.ts';

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

const isWord = (dtype: string) => dtype === 'float32' || dtype === 'int32';

/** Nanoseconds to copy a byte, about. */
const byte = 0.06;

/** Bytes that a block must have to be cut. */
const longBlock = 1 << 16;

/** `outer` blocks, `fromStride` apart in x and `toStride` apart in y. */
function copyBlocks(
  memory: BackendMemory,
  outer: number,
  bytes: number,
  x: number,
  fromStride: number,
  y: number,
  toStride: number,
): void {
  if (outer === 1 || bytes >= longBlock) {
    for (let i = 0; i < outer; i++, x += fromStride, y += toStride) {
      const calls = memory.cut(bytes, byte, 64).map(([at, count]): Call => {
        return ['copyBlocks', 1, count, x + at, 0, y + at, 0];
      });
      memory.run(calls);
    }
    return;
  }
  const calls = memory.cut(outer, bytes * byte).map(([i, count]): Call => {
    return ['copyBlocks', count, bytes, x + i * fromStride, fromStride, y + i * toStride, toStride];
  });
  memory.run(calls);
}

/** Every one of the `outer` blocks of x `times` times in a row. */
function repeatBlocks(memory: BackendMemory, outer: number, bytes: number, times: number, x: number, y: number): void {
  const calls =
    outer === 1
      ? memory.cut(times, bytes * byte).map(([i, count]): Call => ['repeatBlocks', 1, bytes, count, x, y + i * bytes])
      : memory.cut(outer, bytes * times * byte).map(([i, count]): Call => {
          return ['repeatBlocks', count, bytes, times, x + i * bytes, y + i * times * bytes];
        });
  memory.run(calls);
}

/** Repeats along one axis after the other, the innermost first; in between through scratch space. */
const tile: WasmKernel = {
  kernelName: 'Tile',
  covers: (args) => isWord(tensors(args).x.dtype),
  compute: (memory, args) => {
    const { x } = tensors(args);
    const { reps } = attributes<{ reps: readonly number[] }>(args.attrs);
    const outShape = x.shape.map((size, axis) => size * reps[axis]);
    const y = memory.output(outShape, x.dtype);
    const steps = reps.map((times, axis) => ({ times, axis })).filter(({ times }) => times > 1);
    if (y.info.shape.includes(0)) return y.info;
    if (steps.length === 0) {
      copyBlocks(memory, 1, product(outShape) * 4, memory.address(x), 0, y.address, 0);
      return y.info;
    }
    // What lies between two steps is smaller than the result by the repeats that are still to come.
    const between = product(outShape) / steps[0].times;
    memory.scratch(steps.length > 1 ? 8 * between : 0, (scratch) => {
      let from = memory.address(x);
      for (let i = steps.length - 1; i >= 0; i--) {
        const { times, axis } = steps[i];
        const to = i === 0 ? y.address : scratch + (i % 2) * between * 4;
        const bytes = product(x.shape.slice(axis, axis + 1)) * product(outShape.slice(axis + 1)) * 4;
        repeatBlocks(memory, product(x.shape.slice(0, axis)), bytes, times, from, to);
        from = to;
      }
    });
    return y.info;
  },
};

/** `tf.gather` along any axis, without batch axes. */
const gather: WasmKernel = {
  kernelName: 'GatherV2',
  covers: (args) => {
    const { x, indices } = tensors(args);
    const { batchDims } = attributes<{ batchDims: number }>(args.attrs);
    return isWord(x.dtype) && indices.dtype === 'int32' && batchDims === 0;
  },
  compute: (memory, args) => {
    const { x, indices } = tensors(args);
    const [axis] = util.parseAxisParam(attributes<{ axis: number }>(args.attrs).axis, x.shape);
    const [outer, inner] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
    const [rows, bytes, count] = [x.shape[axis], product(inner) * 4, product(indices.shape)];
    const wrong = memory.kernels.firstOutside(count, rows, memory.address(indices));
    util.assert(wrong < 0, () => `GatherV2: the index at place ${wrong} is not in [0, ${rows - 1}]`);
    const y = memory.output([...outer, ...indices.shape, ...inner], x.dtype);
    const [numbers, from] = [memory.address(indices), memory.address(x)];
    const images = product(outer);
    const calls =
      images === 1
        ? memory.cut(count, bytes * byte).map(([i, some]): Call => {
            return ['gatherBlocks', 1, rows, bytes, some, numbers + i * 4, from, y.address + i * bytes];
          })
        : memory.cut(images, count * bytes * byte).map(([i, some]): Call => {
            const places = [numbers, from + i * rows * bytes, y.address + i * count * bytes];
            return ['gatherBlocks', some, rows, bytes, count, ...places];
          });
    memory.run(calls);
    return y.info;
  },
};

/** `tf.split` along any axis. */
const split: WasmKernel = {
  kernelName: 'SplitV',
  covers: (args) => isWord(tensors(args).x.dtype),
  compute: (memory, args) => {
    const { x } = tensors(args);
    const { numOrSizeSplits, axis: along } = attributes<{ numOrSizeSplits: number | number[]; axis: number }>(
      args.attrs,
    );
    const [axis] = util.parseAxisParam(along, x.shape);
    const sizes =
      typeof numOrSizeSplits === 'number'
        ? Array<number>(numOrSizeSplits).fill(x.shape[axis] / numOrSizeSplits)
        : numOrSizeSplits.map((size) => (size === -1 ? restOf(x.shape[axis], numOrSizeSplits) : size));
    const outer = product(x.shape.slice(0, axis));
    const inner = product(x.shape.slice(axis + 1)) * 4;
    let first = 0;
    return sizes.map((size) => {
      const part = memory.output(
        x.shape.map((whole, i) => (i === axis ? size : whole)),
        x.dtype,
      );
      const from = memory.address(x) + first * inner;
      copyBlocks(memory, outer, size * inner, from, x.shape[axis] * inner, part.address, size * inner);
      first += size;
      return part.info;
    });
  },
};

/** `tf.slice` of any rank; the stock kernel first copies all of its operand to JavaScript. */
const slice: WasmKernel = {
  kernelName: 'Slice',
  covers: (args) => isWord(tensors(args).x.dtype),
  compute: (memory, args) => {
    const { x } = tensors(args);
    const wanted = attributes<{ begin: number | number[]; size: number | number[] }>(args.attrs);
    const [begin, size] = slice_util.parseSliceParams(x as Tensor, wanted.begin, wanted.size);
    slice_util.assertParamsValid(x as Tensor, begin, size);
    const y = memory.output(size, x.dtype);
    if (size.includes(0)) return y.info;
    // From the last axis on: one row as long as whole axes allow, then (size, stride in x, stride in y) of the axes before it.
    let row = 1;
    let [from, to, first] = [4, 4, 0];
    const plan: number[][] = [];
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      first += begin[axis] * from;
      if (plan.length === 0 && row * 4 === from) row *= size[axis];
      else if (size[axis] > 1) plan.unshift([size[axis], from, to]);
      from *= x.shape[axis];
      to *= size[axis];
    }
    const axes = plan.map(([size, from, to]) => ({ size, from, to }));
    transposeRows(memory, axes, memory.address(x) + first, y.address, row);
    return y.info;
  },
};

const restOf = (whole: number, sizes: readonly number[]) =>
  sizes.reduce((rest, size) => (size === -1 ? rest : rest - size), whole);

/** Kernels that only move numbers. */
export const movement: readonly WasmKernel[] = [tile, gather, split, slice];
