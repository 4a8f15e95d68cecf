import { checkOptions, rules } from '@diptych/formats/errors';
import type { Diffusion } from '@diptych/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { checkScalar, objectiveRules } from '../objective/objective-rules.ts';
import type { Objective } from '../objective/objective.ts';
import { checkTap } from '../objective/pass.ts';

export interface FeatureRegularizerOptions {
  /** The diffusion of the student's pass, shared with the denoising loss when it is the same value. */
  diffusion: Diffusion;
  /** Feature that is regularized. */
  tap: string;
  /** What it costs: `dispersiveL2`, `koLeo` of a pooled feature, or a function of your own. */
  loss: (feature: Tensor) => Scalar;
  /** Prefix of its metrics. Default `regularizer`. */
  name?: string;
}

/**
 * Any function of a feature of the student's shared pass as an objective: no further pass, no weights.
 *
 *     L = loss(feature(x))
 *
 * **Shapes** the tap as the network gives it; result a scalar. **Memory** Holds nothing.
 *
 * @throws DiptychError if the network lacks the tap
 * @see `dispersiveL2`
 * @example
 * const objective = weightedSum([1, denoisingLoss(diffusion)], [0.25, featureRegularizer({ diffusion, tap: 'mid', loss: dispersiveL2 })]);
 */
export function featureRegularizer(options: FeatureRegularizerOptions): Objective {
  const {
    diffusion,
    tap,
    loss,
    name = 'regularizer',
  } = checkOptions('featureRegularizer', options, {
    diffusion: objectiveRules.diffusion,
    tap: objectiveRules.tap,
    loss: rules.required(rules.callback),
    name: objectiveRules.name,
  });
  return {
    name,
    taps: [tap],
    setup: ({ network }) => checkTap('featureRegularizer', network, tap),
    compute({ pass }) {
      const value = loss(pass(diffusion).features[tap] as Tensor);
      checkScalar('featureRegularizer', 'result of loss', value);
      return { loss: value, metrics: { [`${name}/loss`]: value } };
    },
  };
}
