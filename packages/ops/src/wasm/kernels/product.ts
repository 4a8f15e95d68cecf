import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
import { parts, type Part } from '../threads/parts.ts';

/** How the numbers of a product begin: at zero, at what is there, or at a bias. */
export const start = { zero: 0, output: 1, bias: 2 } as const;

/** One product C [m, n] = A [m, k] B [k, n]; places and strides are bytes, a row of C has `cRow`. */
export interface Product {
  m: number;
  n: number;
  k: number;
  a: number;
  aRow: number;
  aColumn: number;
  b: number;
  bRow: number;
  bColumn: number;
  c: number;
  cRow: number;
  bias: number;
  start: number;
}

/** Bytes of scratch that a whole product may take for its panels; wider ones go by columns. */
const roomy = 2 ** 26;

/** Nanoseconds of one multiply-add, about. */
export const multiplyAdd = 0.03;

/** Panels are as wide as that or half of it, and rows go in sixes. */
const [wide, high] = [16, 6];

/** Rows of a block of A. */
const tall = 120;

/** What becomes of a product while it is in the cache: y = activation(C) + rest, in the layout of C; no rest is 0. */
export interface Activation {
  activation: number;
  y: number;
  rest: number;
}

/**
 * One product on all threads: B is packed into panels that all of them share, and A too where columns are cut, then each takes rows or columns,
 * and their activation.
 */
export function product(memory: BackendMemory, whole: Product, after?: Activation): void {
  const { kernels } = memory;
  const { m, n, k } = whole;
  if (m * n === 0) return;
  const thin = kernels.thinness(m, n, whole.aColumn, whole.bRow, whole.bColumn, whole.cRow, whole.start);
  if (thin) {
    memory.run(thinCalls(memory, whole, thin));
    if (after) memory.run(activationCalls(memory, whole, after));
    return;
  }
  if (kernels.rightBytes(n, k) > roomy && n > 2 * wide) {
    const columns = Math.max(Math.floor(roomy / (k * 4) / wide), 1) * wide;
    for (let from = 0; from < n; from += columns) {
      product(memory, { ...whole, ...columnsFrom(whole, from), n: Math.min(columns, n - from) });
    }
    if (after) memory.run(activationCalls(memory, whole, after));
    return;
  }
  const { rows, columns } = grid(memory, whole);
  // Rows of A that lie as they are needed are read there; otherwise who cuts columns shares panels of A.
  const isPacked = columns.length > 1 && whole.aColumn !== 4;
  const right = kernels.rightBytes(n, k);
  const left = isPacked ? kernels.leftBytes(m, k) : 0;
  memory.scratch(right + left, (b) => {
    const a = b + right;
    memory.run([
      ...memory.cut(n, k * 0.4, wide).map(([from, count]): Call => {
        const { bRow, bColumn } = whole;
        return ['packB', count, k, whole.b + from * bColumn, bRow, bColumn, b + from * k * 4];
      }),
      ...(isPacked ? memory.cut(m, k * 0.4, high) : []).map(([from, count]): Call => {
        const { aRow, aColumn } = whole;
        return ['packA', count, k, whole.a + from * aRow, aRow, aColumn, a + from * k * 4];
      }),
    ]);
    const calls = rows.flatMap(([row, m]) =>
      columns.map(([column, n]): Call => {
        const from = isPacked
          ? ([a + row * k * 4, 0, 0] as const)
          : ([whole.a + row * whole.aRow, whole.aRow, whole.aColumn] as const);
        const to = whole.c + row * whole.cRow + column * 4;
        const bias = whole.bias && whole.bias + column * 4;
        const own = [m, n, k, ...from, b + column * k * 4, to, whole.cRow, bias, whole.start];
        if (!after) return ['panelProduct', ...own];
        const { activation, y, rest } = after;
        return ['activatedProduct', activation, y - whole.c, rest && rest - whole.c, ...own];
      }),
    );
    memory.run(calls, kernels.panelProductScratch(isPacked ? 0 : Math.max(...rows.map(([, m]) => m)), k));
  });
}

function columnsFrom({ b, bColumn, c, bias }: Product, from: number): Pick<Product, 'b' | 'c' | 'bias'> {
  return { b: b + from * bColumn, c: c + from * 4, bias: bias && bias + from * 4 };
}

function thinCalls(memory: BackendMemory, whole: Product, thin: number): Call[] {
  const { m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, start } = whole;
  if (thin === 2) {
    return memory.cut(m, k * 0.4, 32).map(([from, count]) => {
      const rows = [a + from * aRow, aRow, aColumn];
      return ['thinColumn', count, k, ...rows, b, bRow, c + from * cRow, start];
    });
  }
  return memory.cut(n, m * k * 0.4, 32).map(([from, count]) => {
    const own = columnsFrom(whole, from);
    return ['thinRows', m, count, k, a, aRow, aColumn, own.b, bRow, bColumn, own.c, cRow, own.bias, start];
  });
}

function activationCalls(memory: BackendMemory, { m, n, c }: Product, { activation, y, rest }: Activation): Call[] {
  return memory.cut(m * n, 2, 16).map(([from, count]) => {
    return ['activated', activation, count, c + from * 4, rest && rest + from * 4, y + from * 4];
  });
}

/**
 * Rows and columns that are computed apart: blocks of rows, and columns too where the rows are few; as many as all threads get equally many of. A
 * number does not depend on where they are cut.
 */
function grid({ pool }: BackendMemory, { m, n, k }: Product): { rows: readonly Part[]; columns: readonly Part[] } {
  const all = { rows: [[0, m] as const], columns: [[0, n] as const] };
  if (!pool?.isUsable) return all;
  const wanted = parts(m * n, k * multiplyAdd).length;
  if (wanted < 2) return all;
  const shared = (count: number) => Math.min(Math.ceil(count / pool.threads) * pool.threads, wanted);
  const rows = even(m, shared(Math.ceil(m / tall)), high);
  return { rows, columns: even(n, Math.ceil(shared(8) / rows.length), wide) };
}

/** `count` in about so many equal parts that are multiples of `step`. */
function even(count: number, wanted: number, step: number): readonly Part[] {
  const size = Math.max(Math.ceil(count / wanted / step), 1) * step;
  return Array.from({ length: Math.ceil(count / size) }, (_, i): Part => [i * size, Math.min(size, count - i * size)]);
}
