import { checkOptions, rules } from '@diptych/formats/errors';
import type { Diffusion } from '@diptych/core';
import { mlpHead } from '../distillation/heads/mlp-head.ts';
import { jointEmbedding, type JointEmbeddingOptions, jointEmbeddingRules } from '../distillation/joint-embedding.ts';
import type { Objective } from '../objective/objective.ts';
import { ntXent } from '../pairwise/contrastive/nt-xent.ts';

export interface SimClrOptions extends Omit<JointEmbeddingOptions, 'loss'> {
  diffusion: Diffusion;
  /** Divides the cosines. Default 0.5, SimCLR's for CIFAR-10. */
  temperature?: number;
}

const { loss: _, ...sharedRules } = jointEmbeddingRules;

/**
 * SimCLR on a diffusion network, without denoising: two views through the same weights, each must find the other among all
 * images of the batch.
 *
 *     L = ntXent(projector(z(x1)), projector(z(x2)))
 *
 * `jointEmbedding` with SimCLR's loss and its projector of two layers, 128 wide at the end.
 *
 * **Shapes** and **Memory** as `jointEmbedding`.
 *
 * @throws DiptychError if `jointEmbedding` does, or the temperature is not above 0
 * @see Chen et al. 2020, SimCLR, eq. 1 and appendix B.9, arXiv:2002.05709
 * @example
 * const run = train({ network, objective: simClr({ diffusion, tap: 'mid' }), data, optimizer: adamW(), steps, key: key(0) });
 */
export function simClr(options: SimClrOptions): Objective {
  const {
    temperature = 0.5,
    projector = mlpHead({ layers: 2, out: 128 }),
    name = 'simClr',
    ...rest
  } = checkOptions('simClr', options, { ...sharedRules, temperature: rules.positive });
  return jointEmbedding({ ...rest, projector, name, loss: (a, b) => ntXent(a, b, { temperature }) });
}
