import type { FeatureRows } from '../features/feature-rows.ts';

/** Keeps rows that come in chunks, in their own precision. */
export class RowStore {
  readonly #dims: number;
  readonly #chunks: FeatureRows['rows'][] = [];

  constructor(dims: number) {
    this.#dims = dims;
  }

  add({ rows }: FeatureRows): void {
    this.#chunks.push(rows);
  }

  result(): FeatureRows {
    const Rows = this.#chunks.every((rows) => rows instanceof Float32Array) ? Float32Array : Float64Array;
    const all = new Rows(this.#chunks.reduce((sum, rows) => sum + rows.length, 0));
    let at = 0;
    for (const rows of this.#chunks) {
      all.set(rows, at);
      at += rows.length;
    }
    return { rows: all, dims: this.#dims };
  }
}
