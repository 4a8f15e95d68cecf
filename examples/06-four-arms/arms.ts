import { foldIn, split, type Key } from '@diptych/core';
import { linearRamp } from '@diptych/core/ramps';
import { batches, edmAugmentation, mapBatches, type BatchStream, type Dataset } from '@diptych/data';
import { contrastiveDistillation, denoisingLoss, weightedSum, type Objective } from '@diptych/losses';
import { UViT } from '@diptych/models';
import * as recipe from '../02-train-on-digits/recipe.ts';

/** What is compared: self-conditioning and contrastive self-distillation, each with and without the other. */
export const arms = [
  { name: 'baseline', selfConditioning: false, distillation: false },
  { name: 'self-conditioning', selfConditioning: true, distillation: false },
  { name: 'distillation', selfConditioning: false, distillation: true },
  { name: 'both', selfConditioning: true, distillation: true },
] as const;

export type Arm = (typeof arms)[number];

/**
 * Augmentation of every arm: EDM's non-leaky one, of which the network is told. A mirrored digit is no digit, so there
 * are no mirrors; the rest as for CIFAR-10.
 */
const augmentation = edmAugmentation({
  probability: 0.12,
  ops: { xflip: 0, yflip: 0, scale: 1, rotateFrac: 1, aniso: 1, translateFrac: 1 },
});

/** The contrastive term: its weight after a warm-up over the first tenth of the steps, and the noise that its teacher sees. */
export const distillation = { weight: 0.1, warmup: (steps: number) => Math.max(1, Math.round(steps / 10)) };
export const teacherSigma = 0.06;

/** The network of the quickstart, which is told how its images were augmented. */
export function armNetwork({ selfConditioning }: Arm, seed: number): UViT {
  return new UViT({
    ...recipe.network,
    augmentation: true,
    seed,
    ...(selfConditioning && { selfConditioning: recipe.selfConditioning }),
  });
}

/** Denoising, plus the contrastive term on the pooled feature that drives self-conditioning (or would). */
export function armObjective({ selfConditioning, distillation: distils }: Arm, steps: number): Objective {
  const denoising = denoisingLoss(recipe.diffusion);
  if (!distils) return denoising;
  const tap = selfConditioning ? 'selfConditioning.pooled' : 'mid';
  const { weight, warmup } = distillation;
  return weightedSum(
    [1, denoising],
    [
      linearRamp({ from: 0, to: weight, steps: warmup(steps) }),
      contrastiveDistillation({ diffusion: recipe.diffusion, tap, teacherSigma }),
    ],
  );
}

/** Augmented digits; the view that the teacher sees is augmented by draws of its own. Every arm trains on the same images. */
export function armData({ distillation: distils }: Arm, train: Dataset, key: Key): BatchStream {
  const [order, student, teacher] = split(key, 3);
  return mapBatches(batches(train, { batchSize: recipe.training.batchSize, key: order }), (batch, step) => ({
    ...augmentation.apply(batch, foldIn(student, step)),
    ...(distils && { views: [augmentation.apply(batch, foldIn(teacher, step))] }),
  }));
}
