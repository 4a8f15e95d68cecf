import type { KernelFunc } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import { attributes } from '../../fused/attributes.ts';
import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
import { parts } from '../threads/parts.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

interface Reduction {
  axis: number | number[];
  keepDims: boolean;
}

/** x as [outer, count, inner] with the sum over the middle; undefined unless the axes stand side by side. */
function axesOf(
  args: Parameters<KernelFunc>[0],
): { outer: number; count: number; inner: number; kept: number[] } | undefined {
  const { shape } = tensors(args).x;
  const { axis, keepDims } = attributes<Reduction>(args.attrs);
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
  covers: (args) => allFloat(args) && axesOf(args) !== undefined,
  compute: (memory, args) => {
    const { outer, count, inner, kept } = axesOf(args)!;
    const y = memory.output(kept);
    const scale = factor(count);
    const x = memory.address(tensors(args).x);
    const row = inner * 4;
    const cost = count * inner * 0.15;
    if (outer === 1 && inner === 1) {
      sumAll(memory, count, scale, x, y.address);
    } else if (outer > 1 && (inner === 1 || outer * 16 > inner)) {
      const calls = memory.cut(outer, cost).map(([i, outers]): Call => {
        return ['sumAxis', outers, count, inner, scale, x + i * count * row, row, y.address + i * row];
      });
      memory.run(calls);
    } else {
      const calls = memory.cut(inner, (outer * cost) / inner, 16).map(([j, width]): Call => {
        return ['sumAxis', outer, count, width, scale, x + j * 4, row, y.address + j * 4];
      });
      memory.run(calls);
    }
    return y.info;
  },
});

/** The sum of all, by parts that depend on the size alone. */
function sumAll(memory: BackendMemory, count: number, scale: number, x: number, y: number): void {
  const cut = parts(count, 0.15, 16);
  if (cut.length === 1) {
    memory.run([['sumAxis', 1, count, 1, scale, x, 4, y]]);
    return;
  }
  memory.scratch(cut.length * 4, (sums) => {
    memory.run(cut.map(([from, size], part) => ['sumAxis', 1, size, 1, 1, x + from * 4, 4, sums + part * 4]));
    memory.run([['sumAxis', 1, cut.length, 1, scale, sums, 4, y]]);
  });
}

/** The gradient of gather, which the stock backend lacks: rows added where their numbers say. */
const unsortedSegmentSum: WasmKernel = {
  kernelName: 'UnsortedSegmentSum',
  covers: (args) => tensors(args).x.dtype === 'float32' && tensors(args).segmentIds.dtype === 'int32',
  compute: (memory, args) => {
    const { x, segmentIds } = tensors(args);
    const { numSegments } = attributes<{ numSegments: number }>(args.attrs);
    const rest = x.shape.slice(segmentIds.shape.length);
    const rows = util.sizeFromShape(segmentIds.shape);
    const y = memory.output([numSegments, ...rest]);
    const inputs = [memory.address(x), memory.address(segmentIds)];
    const [from, numbers] = inputs;
    const width = util.sizeFromShape(rest);
    const calls = memory.cut(width, rows * 0.3, 16).map(([j, columns]): Call => {
      return ['segmentSum', rows, columns, numSegments, from + j * 4, width * 4, numbers, y.address + j * 4];
    });
    memory.run(calls);
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
    const from = memory.address(x);
    // Blocks of 4096, as the kernel sums.
    const cut = parts(util.sizeFromShape(x.shape), 0.15, 4096);
    memory.scratch(cut.length * 8, (sums) => {
      memory.run(cut.map(([first, count], part) => ['sumOfSquares', count, from + first * 4, sums + part * 8]));
      memory.run([['sumDoubles', cut.length, sums, y.address]]);
    });
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
