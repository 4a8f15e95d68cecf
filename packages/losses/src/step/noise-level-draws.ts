import type { Key } from '@diptych/core';

/** Draws of a density of their own, each with the weight that makes up for it. */
export interface WeightedDraws {
  /** In (0, 1), one for each sample. */
  u: ArrayLike<number>;
  /** 1 / density at u: what the sample's loss is multiplied by, so that its expectation stays what it was. */
  weight: ArrayLike<number>;
}

/**
 * Draws the u in (0, 1) that `process.sigmaQuantile` turns into noise levels, one for each of `count` samples. `first` is
 * the position of the first one in a larger logical batch. Draws that prefer some u (importance sampling) say so by
 * weights.
 */
export type NoiseLevelDraws = (key: Key, count: number, first: number) => ArrayLike<number> | WeightedDraws;
