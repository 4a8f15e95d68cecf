import { checkFinite, checkNonNegative, checkShare } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { cfg, type GuidanceRule } from './guided.ts';
import { dotRows, isZero, normRows, orOne, shareAlong, sumRows, unitRows } from './per-sample.ts';

/**
 * Classifier-free guidance whose result is brought back, by a share phi, to the standard deviation of the better estimate.
 * A flat result has none to change and stays.
 *
 * @throws DiptychError if phi is not in [0, 1]
 * @see Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", eq. 15 and 16, arXiv:2305.08891
 * @example
 * guided(better, worse, cfgRescale(7.5, 0.7));
 */
export function cfgRescale(scale: number, phi = 0.7): GuidanceRule {
  checkFinite('cfgRescale', { scale });
  checkShare('cfgRescale', { phi });
  const spread = (x: tf.Tensor) => {
    const { rows, unit } = unitRows(x);
    // Measured from an entry, so that a flat estimate has spread 0 and not that of its mean's rounding.
    const first = tf.slice(
      rows,
      rows.shape.map(() => 0),
      [-1, ...rows.shape.slice(1).map(() => 1)],
    );
    const moved = tf.sub(rows, first);
    return tf.mul(normRows(tf.sub(moved, tf.div(sumRows(moved), x.size / x.shape[0]))), unit);
  };
  return (better, worse, sigma) => {
    const guided = cfg(scale)(better, worse, sigma);
    const of = spread(guided);
    const ratio = tf.div(tf.add(spread(better), isZero(of)), orOne(of));
    return tf.mul(guided, tf.add(tf.mul(phi, ratio), 1 - phi));
  };
}

/**
 * CFG-Zero*: the worse estimate is first scaled to the better one by least squares, s = <better, worse>/|worse|^2. Meant for
 * velocities; the zero of the first steps is the caller's choice of denoiser.
 *
 * @throws DiptychError if scale is not finite
 * @see Fan et al. 2025, "CFG-Zero*", eq. 7 and 11, arXiv:2503.18886
 * @example
 * guided(better, worse, cfgZeroStar(4));
 */
export function cfgZeroStar(scale: number): GuidanceRule {
  checkFinite('cfgZeroStar', { scale });
  return (better, worse, sigma) => {
    return cfg(scale)(better, tf.mul(shareAlong(better, worse), worse), sigma);
  };
}

/**
 * Tangential damping: of the worse estimate only the part along the main direction of both (their first right singular
 * vector) is used.
 *
 * @throws DiptychError if scale is not finite
 * @see Kwon et al. 2025, "TCFG: tangential damping classifier-free guidance", algorithm 1, arXiv:2503.18137
 * @example
 * guided(better, worse, tangentialCfg(4));
 */
export function tangentialCfg(scale: number): GuidanceRule {
  checkFinite('tangentialCfg', { scale });
  return (better, worse, sigma) => {
    const { unit } = unitRows(tf.concat([better, worse], -1));
    const [p, q] = [tf.div(better, unit), tf.div(worse, unit)];
    const [a, b, c] = [dotRows(p, p), dotRows(p, q), dotRows(q, q)];
    const [y, x] = [tf.mul(2, b), tf.sub(a, c)];
    const anyAngle = tf.mul(isZero(y), isZero(x)); // equal lengths at a right angle, or zeros: the better one is as good
    const angle = tf.div(tf.atan2(y, tf.add(x, anyAngle)), 2);
    const main = tf.add(tf.mul(tf.cos(angle), p), tf.mul(tf.sin(angle), q));
    return cfg(scale)(better, tf.mul(shareAlong(worse, main), main), sigma);
  };
}

/**
 * Magnitude-aware guidance: less where the two estimates are far apart, scale' = 1 + (scale - 1) e^(-alpha |better - worse|/|worse|).
 *
 * @throws DiptychError if alpha is negative or scale not finite
 * @see Zhu et al. 2025, "MAMBO-G: magnitude-aware mitigation for boosted guidance"
 * @example
 * guided(better, worse, magnitudeAwareCfg(4));
 */
export function magnitudeAwareCfg(scale: number, alpha = 8): GuidanceRule {
  checkFinite('magnitudeAwareCfg', { scale });
  checkNonNegative('magnitudeAwareCfg', { alpha });
  return (better, worse) => {
    const gap = tf.sub(better, worse);
    if (alpha === 0) return tf.add(worse, tf.mul(gap, scale));
    const length = normRows(worse);
    const damping = tf.exp(tf.mul(-alpha, tf.div(normRows(gap), orOne(length))));
    // From a zero estimate every gap is infinitely far: no guidance.
    const kept = tf.mul(damping, tf.sub(1, isZero(length)));
    return tf.add(worse, tf.mul(gap, tf.add(1, tf.mul(scale - 1, kept))));
  };
}
