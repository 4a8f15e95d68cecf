import { check, checkOptions, checkRule, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from './cross-entropy.ts';
import { sinkhornKnopp } from './sinkhorn-knopp.ts';

export interface SwavOptions {
  /** Prototype scores of further, smaller crops, each [B, K]. Default none. */
  low?: readonly tf.Tensor2D[];
  /** Divides the scores that predict. Default 0.1. */
  temperature?: number;
  /** Divides the scores that are turned into codes. Default 0.05. */
  epsilon?: number;
  /** Rounds of Sinkhorn-Knopp. Default 3. */
  iterations?: number;
}

/**
 * SwAV: the code of each full-size view must be predicted from every other view.
 *
 *     L = 1/V sum_{v in high} 1/(V + n - 1) sum_{w != v} mean_i CE(code(s_v)_i, softmax(s_w / T)_i)
 *
 * The codes are balanced assignments without gradient.
 *
 * **Shapes** each view's scores [B, K], at least two full-size views; result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError if there are fewer than two full-size views, the shapes differ, or a temperature is not above 0
 * @see Caron et al. 2020, SwAV, eq. 1 and section 3.2, arXiv:2006.09882
 * @example
 * const loss = swav([scores(z1), scores(z2)]);
 */
export function swav(high: readonly tf.Tensor2D[], options: SwavOptions = {}): tf.Scalar {
  const {
    low = [],
    temperature = 0.1,
    epsilon = 0.05,
    iterations = 3,
  } = checkOptions('swav', options, {
    low: rules.list(rules.tensor),
    temperature: rules.positive,
    epsilon: rules.positive,
    iterations: rules.count,
  });
  checkRule('swav', 'high', rules.list(rules.tensor), high);
  check(high.length >= 2, 'swav', 'high', 'at least two views', high.length);
  const views = [...high, ...low];
  for (const view of views) {
    checkShape('swav', { view }, ['B', 'K']);
    checkShape('swav', { view }, high[0].shape);
  }
  return tf.tidy(() => {
    const terms = high.flatMap((scores, v) => {
      const code = sinkhornKnopp(scores, { temperature: epsilon, iterations }); // [B, K]
      return views.filter((_, w) => w !== v).map((other) => tf.mean(crossEntropy(code, other, temperature)));
    });
    return tf.div(tf.addN(terms), terms.length) as tf.Scalar;
  });
}
