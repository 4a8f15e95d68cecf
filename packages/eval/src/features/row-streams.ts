import type { FeatureRows } from './feature-rows.ts';
import type { Moments } from './moments.ts';
import { StreamingMoments } from './moments.ts';

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

/** Rows while they are fewer than dims, where a distance of rows is exact and cheap; moments from then on. */
export class GaussianStream {
  readonly #moments: StreamingMoments;
  #few: RowStore | undefined;

  constructor(dims: number) {
    this.#moments = new StreamingMoments(dims);
    this.#few = new RowStore(dims);
  }

  add(features: FeatureRows): void {
    this.#moments.add(features);
    if (this.#moments.count < features.dims) this.#few?.add(features);
    else this.#few = undefined;
  }

  result(): FeatureRows | Moments {
    return this.#few ? this.#few.result() : this.#moments.result();
  }
}
