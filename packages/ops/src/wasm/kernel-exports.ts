/** Addresses and strides are bytes, counts are elements. */
export interface KernelExports {
  matmulScratch(m: number, n: number, k: number): number;
  matmul(
    ...args: [
      batch: number,
      m: number,
      n: number,
      k: number,
      a: number,
      aBatch: number,
      aRow: number,
      aColumn: number,
      b: number,
      bBatch: number,
      bRow: number,
      bColumn: number,
      c: number,
      cBatch: number,
      cRow: number,
      bias: number,
      start: number,
      scratch: number,
    ]
  ): void;
  transposeRows(rank: number, plan: number, x: number, y: number, count: number): void;
  transposePlanes(
    ...args: [
      rank: number,
      plan: number,
      x: number,
      y: number,
      rows: number,
      toRow: number,
      columns: number,
      fromColumn: number,
    ]
  ): void;
}
