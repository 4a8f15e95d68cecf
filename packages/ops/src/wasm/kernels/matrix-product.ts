import type { TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
import { multiplyAdd, product, start } from './product.ts';

export interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

const sizeOf = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** Products of a batch that is small go one by one, each on all threads. */
const fewProducts = 8;

/** a b (+ bias) with broadcast batch axes. */
export function matrixProduct(
  memory: BackendMemory,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Transposes,
  bias?: TensorInfo,
): TensorInfo {
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  let m = transposeA ? aColumns : aRows;
  const k = transposeA ? aRows : aColumns;
  const n = transposeB ? bRows : bColumns;
  const aBatch = a.shape.slice(0, -2);
  const bBatch = b.shape.slice(0, -2);
  const outBatch = backend_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const output = memory.output([...outBatch, m, n]);
  let batch = sizeOf(outBatch);
  if (sizeOf(bBatch) === 1 && !transposeA) {
    // One matrix for all: the batch is more rows.
    m *= batch;
    batch = 1;
  }
  if (batch * m * n === 0) return output.info;
  const [aRow, aColumn] = transposeA ? [4, aColumns * 4] : [aColumns * 4, 4];
  const [bRow, bColumn] = transposeB ? [4, bColumns * 4] : [bColumns * 4, 4];
  const [aAddress, bAddress] = [memory.address(a), memory.address(b)];
  const common = {
    ...{ m, n, k, aRow, aColumn, bRow, bColumn, cRow: n * 4 },
    bias: bias ? memory.address(bias) : 0,
    start: bias ? start.bias : start.zero,
  };
  const [aCount, bCount] = [sizeOf(aBatch), sizeOf(bBatch)];
  const aIndex = batch === 1 || aCount === batch ? undefined : broadcastIndex(aBatch, outBatch);
  const bIndex = batch === 1 || bCount === batch ? undefined : broadcastIndex(bBatch, outBatch);
  const aPlace = (i: number) => aAddress + (aIndex ? aIndex(i) : i) * m * k * 4;
  const bPlace = (i: number) => bAddress + (bIndex ? bIndex(i) : i) * n * k * 4;
  const cPlace = (i: number) => output.address + i * m * n * 4;
  if (batch === 1 || (memory.pool?.isUsable && batch < fewProducts)) {
    for (let i = 0; i < batch; i++) product(memory, { ...common, a: aPlace(i), b: bPlace(i), c: cPlace(i) });
    return output.info;
  }
  // Neighbours in a call: those that are as far apart in a and b as in c, or share one matrix.
  const isRegular = [aCount, bCount].every((count) => count === 1 || count === batch);
  const runs = isRegular
    ? memory.cut(batch, m * n * k * multiplyAdd + (m + n) * k * 0.4 + m * n * 0.4)
    : Array.from({ length: batch }, (_, i) => [i, 1] as const);
  const calls = runs.map(([from, count]): Call => {
    const { bias, start } = common;
    return [
      ...(['matmul', count, m, n, k] as const),
      ...([aPlace(from), aCount === 1 ? 0 : m * k * 4, aRow, aColumn] as const),
      ...([bPlace(from), bCount === 1 ? 0 : n * k * 4, bRow, bColumn] as const),
      ...([cPlace(from), m * n * 4, n * 4, bias, start] as const),
    ];
  });
  memory.run(calls, memory.kernels.matmulScratch(m, n, k));
  return output.info;
}

/** Index into a tensor of shape `from` for every index of the shape it is broadcast to. */
function broadcastIndex(from: readonly number[], to: readonly number[]): (index: number) => number {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = to.length - 1, own = from.length - 1; axis >= 0; axis--, own--) {
    strides[axis] = own < 0 || from[own] === 1 ? 0 : stride;
    if (own >= 0) stride *= from[own];
  }
  return (index) => {
    let result = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      result += (index % to[axis]) * strides[axis];
      index = Math.floor(index / to[axis]);
    }
    return result;
  };
}
