import type { Process } from '@diptych/core';
import { withoutGradient } from '@diptych/ops';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { HeadFactory } from '../heads/head.ts';
import { heldHead } from '../heads/held-head.ts';
import type { Objective, TensorBatch } from '../objective.ts';
import { repa } from '../regularisers/repa.ts';
import { applyToTokens } from './apply-to-tokens.ts';
import { featureWidth } from './feature-width.ts';

export interface RepresentationAlignmentOptions {
  /** Process of the student's pass, shared with the denoising loss when it is the same value. */
  process: Process;
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
 * **Memory** Holds `<name>.projector` from `setup` to `dispose()`.
 *
 * @throws DiptychError on an unknown tap, or targets whose shape is not that of the projected feature.
 * @see Yu et al., REPA, arXiv 2410.06940, eq. 8.
 * @example
 * const objective = weightedSum(
 *   [1, denoisingLoss(process)],
 *   [0.5, representationAlignment({ process, tap: 'in.2', targets: ({ x }) => encoder(x), projector: plainHead({ out: 384 }) })],
 * );
 */
export function representationAlignment(options: RepresentationAlignmentOptions): Objective {
  const { process, tap, targets, projector: make, name = 'alignment' } = options;
  const where = 'representationAlignment';
  const projector = heldHead(where, name);
  return {
    name,
    taps: [tap],
    setup({ network, batch, key }) {
      projector.build(
        make,
        featureWidth(where, network, process, tap, batch, (of) => of.shape[of.rank - 1] as number),
        key,
      );
    },
    trainableVariables: () => projector.trainableVariables(),
    variables: () => projector.variables(),
    compute({ batch, pass, training, step }) {
      const feature = pass(process).features[tap] as Tensor;
      const projected = applyToTokens(projector.head(), feature, { training, step });
      const loss = repa(
        projected,
        withoutGradient(() => targets(batch)),
      );
      return { loss, metrics: { [`${name}/loss`]: loss } };
    },
    dispose: () => projector.dispose(),
  };
}
