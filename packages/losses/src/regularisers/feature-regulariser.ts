import type { Process } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Objective } from '../objective.ts';

export interface FeatureRegulariserOptions {
  /** Process of the student's pass, shared with the denoising loss when it is the same value. */
  process: Process;
  /** Feature that is regularised. */
  tap: string;
  /** What it costs: `dispersiveL2`, `koLeo` of a pooled feature, or a function of your own. */
  loss: (feature: Tensor) => Scalar;
  /** Prefix of its metrics. Default `regulariser`. */
  name?: string;
}

/**
 * Any function of a feature of the student's shared pass as an objective: no further pass, no weights.
 *
 *     L = loss(feature(x))
 *
 * @throws DiptychError on a tap that the network lacks.
 * @see `dispersiveL2`
 * @example
 * const objective = weightedSum([1, denoisingLoss(process)], [0.25, featureRegulariser({ process, tap: 'mid', loss: dispersiveL2 })]);
 */
export function featureRegulariser(options: FeatureRegulariserOptions): Objective {
  const { process, tap, loss, name = 'regulariser' } = options;
  return {
    name,
    taps: [tap],
    setup({ network }) {
      const known = network.tapNames();
      const rule = `one of the network's taps (${known.join(', ')})`;
      check(known.includes(tap), 'featureRegulariser', 'options.tap', rule, tap);
    },
    compute({ pass }) {
      const value = loss(pass(process).features[tap] as Tensor);
      return { loss: value, metrics: { [`${name}/loss`]: value } };
    },
  };
}
