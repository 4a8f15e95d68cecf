import { foldIn, normalArray, uniformArray } from '@diptych/core';
import { checkKey } from '@diptych/core/random';
import type { Batch, Key } from '@diptych/core';
import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { normalize, normalizerRules } from './normalizer.ts';
import type { Normalizer } from './normalizer.ts';

/** How latents are drawn. */
export interface SampleLatentsOptions {
  /** Channels of a latent. */
  channels: number;
  /** Shift and scale. Default: as the autoencoder gives them. */
  normalizer?: Normalizer;
}

/**
 * Latents drawn from what an autoencoder said of each image: mean + exp(logVariance / 2) n with n standard normal; where the
 * batch has the mirror images too, of the image or its mirror image, equally likely. Latent i depends on the key and i alone.
 *
 * **Shapes** x [B, h, w, 2 c] (mean, log variance) or [B, h, w, 4 c] (and the same of the mirror image); result [B, h, w, c].
 *
 * @throws DiptychError if the channels are neither 2 nor 4 times as many.
 * @see Kingma and Welling 2014, Auto-encoding variational Bayes, section 2.4
 * @example
 * const stream = mapBatches(batches(data, options), (batch, step) => data.sample(batch, foldIn(key(1), step)));
 */
export function sampleLatents(batch: Batch, key: Key, options: SampleLatentsOptions): Batch {
  const where = 'sampleLatents';
  checkMoments(where, batch);
  checkKey(where, key);
  const known = { channels: rules.required(rules.count), normalizer: rules.record };
  const { channels, normalizer } = checkOptions(where, options, known);
  if (normalizer) checkOptions(where, normalizer, normalizerRules, 'normalizer');
  const [count, height, width, depth] = batch.shape;
  const mirrored = depth === 4 * channels;
  check(mirrored || depth === 2 * channels, 'sampleLatents', 'batch.shape[3]', `2 or 4 times ${channels}`, depth);
  const size = height * width * channels;
  const x = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const own = foldIn(key, i);
    const noise = normalArray(foldIn(own, 0), size);
    const offset = mirrored && uniformArray(foldIn(own, 1), 1)[0] < 0.5 ? 2 * channels : 0;
    for (let p = 0; p < height * width; p++) {
      const from = (i * height * width + p) * depth + offset;
      for (let c = 0; c < channels; c++) {
        const spread = Math.exp(batch.x[from + channels + c] / 2);
        x[i * size + p * channels + c] = batch.x[from + c] + spread * noise[p * channels + c];
      }
    }
  }
  const latents = normalizer ? normalize(x, normalizer) : x;
  return { ...batch, x: latents, shape: [count, height, width, channels] };
}

/** Moments are no pixels: their logarithms of variances may be of any size. */
function checkMoments(where: string, batch: Batch): void {
  checkRule(where, 'batch', rules.object, batch);
  checkRule(where, 'x', { words: 'a Float32Array', holds: (value) => value instanceof Float32Array }, batch.x);
  const { x, shape } = batch;
  const sizes = rules.list(rules.count).holds(shape) && shape.length === 4;
  check(sizes, where, 'shape', '[B, h, w, c]', shape);
  check(x.length === shape.reduce((a, b) => a * b), where, 'x', `of shape [${shape}]`, `${x.length} numbers`);
}
