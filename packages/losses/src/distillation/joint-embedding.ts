import { foldIn, type Diffusion } from '@diptych/core';
import { check, checkOptions, rules, type OptionRules } from '@diptych/formats/errors';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { featureStd } from '../diagnostics/feature-std.ts';
import { meanCosine } from '../diagnostics/mean-cosine.ts';
import { checkScalar, objectiveRules } from '../objective/objective-rules.ts';
import type { Objective, TensorBatch } from '../objective/objective.ts';
import type { HeadFactory } from './heads/head.ts';
import { mlpHead } from './heads/mlp-head.ts';
import { objectiveHead } from './heads/objective-head.ts';
import { pooledViewFeature, readoutWidth } from './tap-features.ts';

export interface JointEmbeddingOptions {
  /** Scales the images for the network; its noise levels are not used. */
  diffusion: Diffusion;
  /** Feature that is embedded. */
  tap: string;
  /** Loss of the two views' projections: `ntXent`, `dcl`, `barlowTwins`, `vicReg`, … */
  loss: (a: Tensor2D, b: Tensor2D) => Scalar;
  /** Noise level of both views. Default 0.06. */
  sigma?: number;
  /** Default `mlpHead()`: three layers, 256 wide at the end. */
  projector?: HeadFactory;
  /** Prefix of its metrics and variables. Default `embedding`. */
  name?: string;
}

export const jointEmbeddingRules: OptionRules<JointEmbeddingOptions> = {
  diffusion: objectiveRules.diffusion,
  tap: objectiveRules.tap,
  loss: rules.required(rules.callback),
  sigma: rules.positive,
  projector: rules.callback,
  name: objectiveRules.name,
};

/**
 * A self-supervised baseline on a diffusion network: two views through the same weights, both with gradient, no teacher
 * and no denoising.
 *
 *     L = loss(projector(z(x1)), projector(z(x2)))
 *
 * x1 is the batch, x2 its first further view. Metrics: `loss`, `featureStd`, `meanCosine`.
 *
 * **Shapes** the tap [B, ..., D], projections [B, out]; result a scalar. **Memory** Holds `<name>.projector` from `setup` to `dispose()`.
 *
 * @throws DiptychError if the network lacks the tap, the batch has one image or no further view, or sigma is not above 0
 * @see `ntXent` (SimCLR), `barlowTwins`, `vicReg`
 * @example
 * const simClr = jointEmbedding({ diffusion, tap: 'mid', loss: ntXent });
 */
export function jointEmbedding(options: JointEmbeddingOptions): Objective {
  const where = 'jointEmbedding';
  const {
    diffusion,
    tap,
    loss,
    sigma = 0.06,
    projector: make = mlpHead(),
    name = 'embedding',
  } = checkOptions(where, options, jointEmbeddingRules);
  const projector = objectiveHead(where, name);
  return {
    name,
    setup({ network, batch, key }) {
      projector.build(make, readoutWidth(where, network, diffusion, tap, batch), key);
    },
    trainableVariables: () => projector.trainableVariables(),
    variables: () => projector.variables(),
    compute(context) {
      const { batch, training, step } = context;
      const n = batch.x.shape[0];
      const view = batch.views[0];
      check(n > 1, where, 'batch', 'of at least 2 images', batch.x);
      check(view?.x.shape[0] === n, where, 'batch.views[0]', `a further view of the ${n} images`, view?.x);
      const embed = (of: TensorBatch, i: number) => {
        const key = foldIn(context.key, i);
        const pooled = pooledViewFeature(context, diffusion, tap, of, Array<number>(n).fill(sigma), key, { training });
        return projector.head().apply(pooled, { training, step });
      };
      const [a, b] = [embed(batch, 0), embed(view, 1)];
      const value = loss(a, b);
      checkScalar(where, 'result of loss', value);
      const logged = { loss: value, featureStd: featureStd(a), meanCosine: meanCosine(a) };
      return {
        loss: value,
        metrics: Object.fromEntries(Object.entries(logged).map(([of, scalar]) => [`${name}/${of}`, scalar])),
      };
    },
    dispose: () => projector.dispose(),
  };
}
