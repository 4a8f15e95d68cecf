import type { Key } from '@diptych/core';

/**
 * Draws the u in (0, 1) that `process.sigmaQuantile` turns into noise levels, one for each of `count` samples. `first` is
 * the position of the first one in a larger logical batch.
 */
export type NoiseLevelDraws = (key: Key, count: number, first: number) => ArrayLike<number>;
