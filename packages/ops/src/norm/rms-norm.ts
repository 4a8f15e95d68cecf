import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { attributes } from '../fused/attributes.ts';
import { fused, fusedAll, type FusedOp } from '../fused/dispatch.ts';

export interface RmsNormFuncOptions {
  /** Added to the mean square under the root. Default 1e-6. */
  epsilon?: number;
}

const rmsNormRules = { epsilon: rules.positive } as const;

/**
 * Root mean square normalisation over the last axis: y = x gamma / sqrt(mean(x^2) + epsilon).
 *
 * **Shapes** x [..., D], gamma [D]; result as x. **Memory** the caller owns the result; a fused kernel saves x, gamma and one number per row.
 *
 * @throws DiptychError if the shapes do not fit or epsilon is not positive
 * @see Zhang and Sennrich 2019, arXiv:1910.07467, eq. 4
 *
 * @example
 * ```ts
 * rmsNorm(tf.tensor2d([[1, 7]]), tf.tensor1d([1, 1])); // [[0.2, 1.4]]
 * ```
 */
export function rmsNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor1D, options: RmsNormFuncOptions = {}): T {
  const { epsilon = 1e-6 } = checkOptions('rmsNorm', options, rmsNormRules);
  checkShape('rmsNorm', { x }, ['...', 'D']);
  const width = x.shape[x.rank - 1];
  checkShape('rmsNorm', { gamma }, [width]);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, width]) as tf.Tensor2D; // [R, D]
    const y = fused(rmsNormOp, { x: rows, gamma }, { epsilon }, () => composedRmsNorm(rows, gamma, epsilon));
    return tf.reshape(y, x.shape) as T;
  });
}

/** Inputs x [R, D], gamma [D]; attribute epsilon. Outputs y [R, D], rstd [R, 1]. */
export const rmsNormOp: FusedOp = {
  name: 'DiptychRmsNorm',
  gradient: {
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved, attrs) => {
      const [dy] = dys as tf.Tensor[];
      const [x, gamma, rstd] = saved;
      const composed = () =>
        tf.grads((x, gamma) =>
          composedRmsNorm(x as tf.Tensor2D, gamma as tf.Tensor1D, attributes<{ epsilon: number }>(attrs).epsilon),
        )([x, gamma], dy);
      const [dx, dgamma] = fusedAll(rmsNormGradOp, { dy, x, gamma, rstd }, {}, composed);
      return { x: () => dx, gamma: () => dgamma };
    },
  },
};

/** Inputs dy [R, D], x [R, D], gamma [D], rstd [R, 1]. Outputs dx [R, D], dgamma [D]. */
export const rmsNormGradOp: FusedOp = { name: 'DiptychRmsNormGrad' };

/** `rmsNorm` of a matrix, made of tfjs ops. */
export function composedRmsNorm(x: tf.Tensor2D, gamma: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const square = tf.mean(tf.square(x), 1, true); // [R, 1]
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(square, epsilon))), gamma);
}
