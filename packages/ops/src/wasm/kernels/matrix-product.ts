import type { TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { BackendMemory } from '../backend-memory.ts';

/** How the rows of the result begin: at zero, or at a bias. */
const start = { zero: 0, bias: 2 };

export interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

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
  let batch = product(outBatch);
  if (product(bBatch) === 1 && !transposeA) {
    // One matrix for all: the batch is more rows.
    m *= batch;
    batch = 1;
  }
  const aStrides = transposeA ? [4, aColumns * 4] : [aColumns * 4, 4];
  const bStrides = transposeB ? [4, bColumns * 4] : [bColumns * 4, 4];
  const { kernels } = memory;
  memory.scratch(kernels.matmulScratch(m, n, k), (scratch) => {
    const aAddress = memory.address(a);
    const bAddress = memory.address(b);
    const biasAddress = bias ? memory.address(bias) : 0;
    const begin = bias ? start.bias : start.zero;
    const run = (count: number, from: number, aFrom: number, aStep: number, bFrom: number, bStep: number) =>
      kernels.matmul(
        ...([count, m, n, k] as const),
        ...([aAddress + aFrom * m * k * 4, aStep * m * k * 4, aStrides[0], aStrides[1]] as const),
        ...([bAddress + bFrom * n * k * 4, bStep * n * k * 4, bStrides[0], bStrides[1]] as const),
        ...([output.address + from * m * n * 4, m * n * 4, n * 4, biasAddress, begin, scratch] as const),
      );
    const aCount = product(aBatch);
    const bCount = product(bBatch);
    if (batch === 1 || ([1, batch].includes(aCount) && [1, batch].includes(bCount))) {
      run(batch, 0, 0, aCount === 1 ? 0 : 1, 0, bCount === 1 ? 0 : 1);
      return;
    }
    const aIndex = broadcastIndex(aBatch, outBatch);
    const bIndex = broadcastIndex(bBatch, outBatch);
    for (let i = 0; i < batch; i++) run(1, i, aIndex(i), 0, bIndex(i), 0);
  });
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
