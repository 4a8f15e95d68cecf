import type { TensorInfo } from '@tensorflow/tfjs-core';
import { attributes } from '../../fused/attributes.ts';
import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
import { multiplyAdd } from './product.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

/** Where the matrix [rows, columns] of each head lies: at `start + image * batch + head * head`, rows `row` apart. Bytes. */
interface Heads {
  start: number;
  batch: number;
  head: number;
  row: number;
}

interface Sizes {
  batch: number;
  heads: number;
  /** Queries, keys, columns of q and k, columns of v. */
  n: number;
  m: number;
  d: number;
  e: number;
}

const at = (x: Heads, image: number, head: number) => x.start + image * x.batch + head * x.head;

/** One call for each head of each image. */
const forEachHead = ({ batch, heads }: Sizes, call: (image: number, head: number) => Call): Call[] =>
  Array.from({ length: batch * heads }, (_, i) => call(Math.floor(i / heads), i % heads));

/** Heads from which on each is a call; fewer are cut into queries as well. */
const manyHeads = 16;

/** O and logSumExp [B, H, N] of all heads. */
function forward(memory: BackendMemory, sizes: Sizes, [q, k, v, o]: Heads[], logSumExp: number): void {
  const { heads, n, m, d, e } = sizes;
  const cost = m * (d + e) * multiplyAdd + m;
  const queries = sizes.batch * heads < manyHeads ? memory.cut(n, cost, 64) : [[0, n] as const];
  const calls = queries.flatMap(([from, count]) =>
    forEachHead(sizes, (i, h) => {
      const matrices = [q, k, v, o].flatMap((x) => [at(x, i, h) + (x === q || x === o ? from * x.row : 0), x.row]);
      return ['attention', count, m, d, e, 1 / Math.sqrt(d), ...matrices, logSumExp + ((i * heads + h) * n + from) * 4];
    }),
  );
  memory.run(calls, memory.kernels.attentionScratch(m, d, e));
}

/** dq, dk and dv of all heads. */
function backward(memory: BackendMemory, sizes: Sizes, inputs: Heads[], logSumExp: number, gradients: Heads[]): void {
  const { heads, n, m, d, e } = sizes;
  const calls = forEachHead(sizes, (i, h) => {
    const place = (x: Heads) => [at(x, i, h), x.row];
    const lse = logSumExp + (i * heads + h) * n * 4;
    const own = [...inputs.flatMap(place), lse, ...gradients.flatMap(place)];
    return ['attentionGrad', n, m, d, e, 1 / Math.sqrt(d), ...own];
  });
  memory.run(calls, memory.kernels.attentionGradScratch(n, m, d, e));
}

/** A tensor [B, H, N, columns]. */
function apart(start: number, { shape: [, heads, rows, columns] }: { shape: readonly number[] }): Heads {
  return { start, batch: heads * rows * columns * 4, head: rows * columns * 4, row: columns * 4 };
}

/** Heads side by side in rows of `width` numbers, from number `first` on. */
const packed = (start: number, tokens: number, width: number, first: number, d: number): Heads => ({
  start: start + first * 4,
  batch: tokens * width * 4,
  head: d * 4,
  row: width * 4,
});

function packedSizes(qkv: TensorInfo, attrs: unknown): Sizes & { width: number } {
  const [batch, tokens, three] = qkv.shape;
  const { heads } = attributes<{ heads: number }>(attrs);
  const d = three / 3 / heads;
  return { batch, heads, n: tokens, m: tokens, d, e: d, width: three / 3 };
}

/** q, k and v in the packed projection at `address`. */
const thirds = (address: number, { n, d, width }: Sizes & { width: number }): Heads[] =>
  [0, 1, 2].map((third) => packed(address, n, 3 * width, third * width, d));

const attention: WasmKernel = {
  kernelName: 'DiptychAttention',
  covers: allFloat,
  compute: (memory, args) => {
    const { qkv } = tensors(args);
    const sizes = packedSizes(qkv, args.attrs);
    const { batch, heads, n, d, width } = sizes;
    const o = memory.output([batch, n, width]);
    const logSumExp = memory.output([batch, heads, n]);
    const matrices = [...thirds(memory.address(qkv), sizes), packed(o.address, n, width, 0, d)];
    forward(memory, sizes, matrices, logSumExp.address);
    return [o.info, logSumExp.info];
  },
};

const attentionGrad: WasmKernel = {
  kernelName: 'DiptychAttentionGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, qkv, o, logSumExp } = tensors(args);
    const sizes = packedSizes(qkv, args.attrs);
    const { n, d, width } = sizes;
    const dqkv = memory.output(qkv.shape);
    const rows = [o, dy].map((x) => packed(memory.address(x), n, width, 0, d));
    const inputs = [...thirds(memory.address(qkv), sizes), ...rows];
    backward(memory, sizes, inputs, memory.address(logSumExp), thirds(dqkv.address, sizes));
    return [dqkv.info];
  },
};

const sizesOf = (q: TensorInfo, v: TensorInfo): Sizes => {
  const [batch, heads, n, d] = q.shape;
  return { batch, heads, n, m: v.shape[2], d, e: v.shape[3] };
};

const scaledDotProduct: WasmKernel = {
  kernelName: 'DiptychScaledDotProductAttention',
  covers: allFloat,
  compute: (memory, args) => {
    const { q, k, v } = tensors(args);
    const sizes = sizesOf(q, v);
    const { batch, heads, n, e } = sizes;
    const o = memory.output([batch, heads, n, e]);
    const logSumExp = memory.output([batch, heads, n, 1]);
    const inputs = [q, k, v].map((x) => apart(memory.address(x), x));
    forward(memory, sizes, [...inputs, apart(o.address, o.info)], logSumExp.address);
    return [o.info, logSumExp.info];
  },
};

const scaledDotProductGrad: WasmKernel = {
  kernelName: 'DiptychScaledDotProductAttentionGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, q, k, v, o, logSumExp } = tensors(args);
    const gradients = [q, k, v].map((x) => memory.output(x.shape));
    const inputs = [q, k, v, o, dy].map((x) => apart(memory.address(x), x));
    const results = gradients.map(({ address, info }) => apart(address, info));
    backward(memory, sizesOf(q, v), inputs, memory.address(logSumExp), results);
    return gradients.map(({ info }) => info);
  },
};

/** Attention on a packed projection and on heads apart, with the gradients. */
export const attentions: readonly WasmKernel[] = [attention, attentionGrad, scaledDotProduct, scaledDotProductGrad];
