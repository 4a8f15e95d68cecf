import { checkOptions, rules } from '@diptych/formats/errors';
import type { Diffusion } from '@diptych/core';
import { withoutGradient } from '@diptych/ops';
import type { Tensor } from '@tensorflow/tfjs-core';
import { objectiveRules } from '../objective/objective-rules.ts';
import type { Objective, TensorBatch } from '../objective/objective.ts';
import { tokenCosineLoss } from '../pairwise/cosine/token-cosine-loss.ts';
import type { HeadFactory } from './heads/head.ts';
import { objectiveHead } from './heads/objective-head.ts';
import { applyToTokens, tapChannels } from './tap-features.ts';

export interface RepresentationAlignmentOptions {
  /** The diffusion of the student's pass, shared with the denoising loss when it is the same value. */
  diffusion: Diffusion;
  /** Feature that is aligned. */
  tap: string;
  /** The other encoder's features of the clean images, of the tap's shape but for the channels. Runs without gradient. */
  targets: (batch: TensorBatch) => Tensor;
  /** From the tap's channels to the targets': `plainHead({ out })`. */
  projector: HeadFactory;
  /** Prefix of its metrics and variables. Default `alignment`. */
  name?: string;
}

/**
 * Representation alignment (REPA) to features that you supply: of a pretrained encoder, or of anything else.
 *
 *     L = -mean cos(projector(h(x0 + sigma n)), sg(y(x0))),  token by token
 *
 * The official weight is 0.5.
 *
 * **Shapes** tap and targets [B, N, D] or [B, h, w, D], the channels their own; result a scalar in [-1, 1].
 * **Memory** Holds `<name>.projector` from `setup` to `dispose()`.
 *
 * @throws DiptychError if the network lacks the tap, or the shape of the targets is not that of the projected feature
 * @see Yu et al. 2025, REPA, eq. 8, arXiv:2410.06940
 * @example
 * const objective = weightedSum(
 *   [1, denoisingLoss(diffusion)],
 *   [0.5, representationAlignment({ diffusion, tap: 'in.2', targets: ({ x }) => encoder(x), projector: plainHead({ out: 384 }) })],
 * );
 */
export function representationAlignment(options: RepresentationAlignmentOptions): Objective {
  const where = 'representationAlignment';
  const {
    diffusion,
    tap,
    targets,
    projector: make,
    name = 'alignment',
  } = checkOptions(where, options, {
    diffusion: objectiveRules.diffusion,
    tap: objectiveRules.tap,
    targets: rules.required(rules.callback),
    projector: rules.required(rules.callback),
    name: objectiveRules.name,
  });
  const projector = objectiveHead(where, name);
  return {
    name,
    taps: [tap],
    setup({ network, batch, key }) {
      projector.build(make, tapChannels(where, network, diffusion, tap, batch), key);
    },
    trainableVariables: () => projector.trainableVariables(),
    variables: () => projector.variables(),
    compute({ batch, pass, training, step }) {
      const feature = pass(diffusion).features[tap];
      const projected = applyToTokens(projector.head(), feature, { training, step });
      const loss = tokenCosineLoss(
        projected,
        withoutGradient(() => targets(batch)),
      );
      return { loss, metrics: { [`${name}/loss`]: loss } };
    },
    dispose: () => projector.dispose(),
  };
}
