import { check } from '@diptych/formats/errors';
import type { DiagonalGaussian } from './diagonal-gaussian.ts';

/** Refuses a distribution whose mean and log-variance differ in shape, or that lacks an axis of samples. */
export function checkGaussian(where: string, { mean, logVariance }: DiagonalGaussian): void {
  check(mean.rank >= 2, where, 'mean', 'of shape [B, ...]', mean);
  checkShape(where, 'logVariance', logVariance, mean);
}

/** Refuses a tensor of another shape than the mean. */
export function checkShape(where: string, parameter: string, x: { shape: number[] }, mean: { shape: number[] }): void {
  const same = x.shape.length === mean.shape.length && x.shape.every((n, i) => n === mean.shape[i]);
  check(same, where, parameter, `of shape [${mean.shape}]`, x);
}
