import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { cfg, type GuidanceRule } from './guided.ts';
import { dotRows, sumRows } from './per-sample.ts';

/**
 * Classifier-free guidance whose result is brought back, by a share phi, to the standard deviation of the better estimate.
 *
 * @throws DiptychError if phi is not in [0, 1]
 * @see Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", eq. 15 and 16
 * @example guided(better, worse, cfgRescale(7.5, 0.7));
 */
export function cfgRescale(scale: number, phi = 0.7): GuidanceRule {
  check(phi >= 0 && phi <= 1, 'cfgRescale', 'phi', 'in [0, 1]', phi);
  const spread = (x: tf.Tensor) => {
    const size = x.size / x.shape[0]!;
    const centred = tf.sub(x, tf.div(sumRows(x), size));
    return dotRows(centred, centred);
  };
  return (better, worse, sigma) => {
    const guided = cfg(scale)(better, worse, sigma);
    const ratio = tf.sqrt(tf.div(spread(better), spread(guided)));
    return tf.mul(guided, tf.add(tf.mul(phi, ratio), 1 - phi));
  };
}

/**
 * CFG-Zero*: the worse estimate is first scaled to the better one by least squares, s = <better, worse>/|worse|^2. Meant for
 * velocities; the zero of the first steps is the caller's choice of denoiser.
 *
 * @throws DiptychError if scale is not finite
 * @see Fan et al. 2025, "CFG-Zero*", eq. 7 and 11
 * @example guided(better, worse, cfgZeroStar(4));
 */
export function cfgZeroStar(scale: number): GuidanceRule {
  return (better, worse, sigma) => {
    const s = tf.div(dotRows(better, worse), tf.add(dotRows(worse, worse), 1e-8));
    return cfg(scale)(better, tf.mul(s, worse), sigma);
  };
}

/**
 * Tangential damping: of the worse estimate only the part along the main direction of both (their first right singular
 * vector) is used.
 *
 * @throws DiptychError if scale is not finite
 * @see Kwon et al. 2025, "TCFG: tangential damping classifier-free guidance", algorithm 1
 * @example guided(better, worse, tangentialCfg(4));
 */
export function tangentialCfg(scale: number): GuidanceRule {
  return (better, worse, sigma) => {
    const [a, b, c] = [dotRows(better, better), dotRows(better, worse), dotRows(worse, worse)];
    const angle = tf.div(tf.atan2(tf.mul(2, b), tf.sub(a, c)), 2);
    const main = tf.add(tf.mul(tf.cos(angle), better), tf.mul(tf.sin(angle), worse));
    const along = tf.div(dotRows(worse, main), dotRows(main, main));
    return cfg(scale)(better, tf.mul(along, main), sigma);
  };
}

/**
 * Magnitude-aware guidance: less where the two estimates are far apart, scale' = 1 + (scale - 1) e^(-alpha |better - worse|/|worse|).
 *
 * @throws DiptychError if alpha is negative or scale not finite
 * @see Zhu et al. 2025, "MAMBO-G: magnitude-aware mitigation for boosted guidance"
 * @example guided(better, worse, magnitudeAwareCfg(4));
 */
export function magnitudeAwareCfg(scale: number, alpha = 8): GuidanceRule {
  check(Number.isFinite(scale), 'magnitudeAwareCfg', 'scale', 'finite', scale);
  check(alpha >= 0, 'magnitudeAwareCfg', 'alpha', '>= 0', alpha);
  return (better, worse) => {
    const gap = tf.sub(better, worse);
    const ratio = tf.sqrt(tf.div(dotRows(gap, gap), dotRows(worse, worse)));
    return tf.add(worse, tf.mul(gap, tf.add(1, tf.mul(scale - 1, tf.exp(tf.mul(-alpha, ratio))))));
  };
}
