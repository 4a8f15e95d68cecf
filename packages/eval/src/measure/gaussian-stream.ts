import type { FeatureRows } from '../features/feature-rows.ts';
import type { Moments } from '../moments/moments.ts';
import { StreamingMoments } from '../moments/streaming-moments.ts';
import { RowStore } from './row-store.ts';

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
