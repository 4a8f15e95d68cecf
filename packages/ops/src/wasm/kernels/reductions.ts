import type { KernelFunc } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

interface Reduction {
  axis: number | number[];
  keepDims: boolean;
}

/** x as [outer, count, inner] with the sum over the middle; undefined unless the axes stand side by side. */
function parts(
  args: Parameters<KernelFunc>[0],
): { outer: number; count: number; inner: number; kept: number[] } | undefined {
  const { shape } = tensors(args).x;
  const { axis, keepDims } = args.attrs as unknown as Reduction;
  const axes = util.parseAxisParam(axis, shape).sort((a, b) => a - b);
  const [first, last] = [axes[0], axes[axes.length - 1]];
  if (axes.length === 0 || last - first + 1 !== axes.length) return undefined;
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const [before, after] = [shape.slice(0, first), shape.slice(last + 1)];
  return {
    outer: product(before),
    count: product(shape.slice(first, last + 1)),
    inner: product(after),
    kept: keepDims ? [...before, ...axes.map(() => 1), ...after] : [...before, ...after],
  };
}

const sumKernel = (kernelName: string, factor: (count: number) => number): WasmKernel => ({
  kernelName,
  covers: (args) => allFloat(args) && parts(args) !== undefined,
  compute: (memory, args) => {
    const { outer, count, inner, kept } = parts(args)!;
    const y = memory.output(kept);
    memory.kernels.sumAxis(outer, count, inner, factor(count), memory.address(tensors(args).x), y.address);
    return y.info;
  },
});

/** The gradient of gather, which the stock backend lacks: rows added where their numbers say. */
const unsortedSegmentSum: WasmKernel = {
  kernelName: 'UnsortedSegmentSum',
  covers: (args) => tensors(args).x.dtype === 'float32' && tensors(args).segmentIds.dtype === 'int32',
  compute: (memory, args) => {
    const { x, segmentIds } = tensors(args);
    const { numSegments } = args.attrs as unknown as { numSegments: number };
    const rest = x.shape.slice(segmentIds.shape.length);
    const rows = util.sizeFromShape(segmentIds.shape);
    const y = memory.output([numSegments, ...rest]);
    const inputs = [memory.address(x), memory.address(segmentIds)];
    memory.kernels.segmentSum(rows, util.sizeFromShape(rest), numSegments, ...inputs, y.address);
    return y.info;
  },
};

/** `DiptychSumOfSquares`: what the norm of a gradient is made of, in one pass. */
const sumOfSquares: WasmKernel = {
  kernelName: 'DiptychSumOfSquares',
  covers: allFloat,
  compute: (memory, args) => {
    const { x } = tensors(args);
    const y = memory.output([]);
    memory.kernels.sumOfSquares(util.sizeFromShape(x.shape), memory.address(x), y.address);
    return y.info;
  },
};

/** Sums and means without transposing first, and sums by segment. */
export const reductions: readonly WasmKernel[] = [
  sumKernel('Sum', () => 1),
  sumKernel('Mean', (count) => 1 / count),
  unsortedSegmentSum,
  sumOfSquares,
];
