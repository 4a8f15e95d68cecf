import { foldIn } from '../random/fold-in.ts';
import type { Key } from '../random/key.ts';
import { samplewiseNormal, type SamplewiseNormalOptions } from '../random/samplewise-normal.ts';
import type { NoiseSource } from './noise-source.ts';

/**
 * Noise that is new in every step and draw: what sample i gets depends on the key, i, the step and the draw only, so
 * neither on the batch size nor on the backend.
 *
 * @example
 * sample(heun({ churn: 40 }), denoise, { sigmas, shape, key: key(0), noise: independentNoise(key(1)) });
 */
export function independentNoise(key: Key, { first = 0 }: SamplewiseNormalOptions = {}): NoiseSource {
  return ({ index, draw, shape }) => samplewiseNormal(foldIn(foldIn(key, index), draw), [...shape], { first });
}
