import { checkShape } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkPair } from './lerp.ts';

/**
 * Spherical interpolation of each sample, for latents that are noise: they keep their norm, which a straight line between would
 * shrink. With the angle w between the two,
 *
 *     sin((1 - share) w)/sin(w) from + sin(share w)/sin(w) to;   `lerp` where they are parallel
 *
 * **Shapes** [B, ...]. **Memory** the caller owns all three tensors.
 *
 * @throws DiptychError if the shapes differ, a tensor has no sample axis, or share is not finite
 * @see Shoemake 1985, "Animating rotation with quaternion curves"; Song et al. 2020, appendix D.5, arXiv:2010.02502
 * @example
 * const [a, b] = [await encode(ddim(), denoise, imagesA, { sigmas }), await encode(ddim(), denoise, imagesB, { sigmas })];
 * const between = await sample(ddim(), denoise, { sigmas: [...sigmas].reverse(), initial: slerp(a, b, 0.5) });
 */
export function slerp<T extends tf.Tensor>(from: T, to: T, share: number): T {
  checkPair('slerp', from, to, share);
  checkShape('slerp', { from }, ['B', '...']);
  return tf.tidy(() => {
    const axes = Array.from({ length: from.rank - 1 }, (_, i) => i + 1);
    const dot = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b), axes, true);
    const cosine = tf.div(dot(from, to), tf.maximum(tf.sqrt(tf.mul(dot(from, from), dot(to, to))), 1e-30));
    const angle = tf.acos(tf.clipByValue(cosine, -1, 1));
    const sine = tf.sin(angle);
    // Below, float32 has no digits of the sine left.
    const parallel = tf.less(sine, 1e-3);
    const safe = tf.where(parallel, tf.onesLike(sine), sine);
    const weight = (of: number) => tf.where(parallel, tf.fill(sine.shape, of), tf.div(tf.sin(tf.mul(of, angle)), safe));
    return tf.add(tf.mul(weight(1 - share), from), tf.mul(weight(share), to));
  });
}
