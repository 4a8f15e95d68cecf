import { check, checkOptions, rules } from '@diptych/formats/errors';
import { checkRange, rangeRules } from '../schedules/check-range.ts';
import * as tf from '@tensorflow/tfjs-core';
import { checkKey } from '../random/check-key.ts';
import { foldIn, type Key } from '../random/key.ts';
import { normalArray } from '../random/arrays.ts';
import type { NoiseSource } from './noise-source.ts';

export interface BrownianNoiseOptions {
  /** The lowest noise level that will be asked for. Default 0.002. */
  sigmaMin?: number;
  /** The highest noise level that will be asked for. Default 80. */
  sigmaMax?: number;
  /** Number of the first sample: a worker that makes samples 64 .. 127 says 64. Default 0. */
  first?: number;
  /** How often an interval is halved before it counts as a point: 2^-depth of the range is the resolution. Default 24. */
  depth?: number;
}

/**
 * Noise that comes from one Brownian path for each sample, W over the noise level: for an interval it is the increment of the path divided by
 * its standard deviation, (W(from) - W(to))/sqrt(|from - to|). So the same key gives the same path at any number of steps, overlapping
 * intervals are correlated as they must be, and a sample depends on its own number only.
 *
 * A virtual Brownian tree: every point is found by halving the range `depth` times, with a bridge made from keys; nothing is stored.
 *
 * @throws DiptychError if the range is empty or depth not an integer in 1 .. 48; when used, if a level is outside the range
 * @see Li et al. 2020, "Scalable gradients for stochastic differential equations", section 4 and algorithm 3, arXiv:2001.01328
 * @example
 * sample(dpmSolverPP({ eta: 1 }), denoise, { sigmas, shape, key: key(0), noise: brownianNoise(key(1)) });
 */
export function brownianNoise(key: Key, options: BrownianNoiseOptions = {}): NoiseSource {
  const {
    sigmaMin = 0.002,
    sigmaMax = 80,
    first = 0,
    depth = 24,
  } = checkOptions('brownianNoise', options, {
    ...rangeRules,
    first: rules.index,
    depth: rules.integerIn(1, 48),
  });
  checkRange('brownianNoise', sigmaMin, sigmaMax);
  checkKey('brownianNoise', key);

  /** W(sigma) - W(sigmaMin) of one sample. */
  function path(sample: Key, sigma: number, size: number): Float64Array {
    let [low, high] = [sigmaMin, sigmaMax];
    let at: Key = foldIn(sample, 1);
    const left = new Float64Array(size);
    const right = Float64Array.from(normalArray(foldIn(sample, 0), size), (z) => z * Math.sqrt(high - low));
    for (let level = 0; level < depth && sigma > low && sigma < high; level++) {
      const middle = (low + high) / 2;
      // The bridge: mean of the ends, variance (high - low)/4.
      const z = normalArray(foldIn(at, 0), size);
      const goRight = sigma >= middle;
      for (let i = 0; i < size; i++) {
        const value = (left[i] + right[i]) / 2 + (z[i] * Math.sqrt(high - low)) / 2;
        (goRight ? left : right)[i] = value;
      }
      if (goRight) low = middle;
      else high = middle;
      at = foldIn(at, goRight ? 2 : 1);
    }
    const share = Math.min(1, Math.max(0, (sigma - low) / (high - low)));
    return left.map((value, i) => value + share * (right[i] - value));
  }

  return ({ from, to, shape }) => {
    for (const sigma of [from, to]) {
      const inside = sigma >= sigmaMin * (1 - 1e-9) && sigma <= sigmaMax * (1 + 1e-9);
      check(inside, 'brownianNoise', 'a noise level asked for', `in [${sigmaMin}, ${sigmaMax}]`, sigma);
    }
    const [samples, ...row] = shape;
    const size = tf.util.sizeFromShape(row);
    const values = new Float32Array(samples! * size);
    for (let i = 0; i < samples!; i++) {
      const sample = foldIn(key, first + i);
      const [a, b] = [path(sample, from, size), path(sample, to, size)];
      for (let k = 0; k < size; k++) values[i * size + k] = (a[k] - b[k]) / Math.sqrt(Math.abs(from - to));
    }
    return tf.tensor(values, [...shape]);
  };
}
