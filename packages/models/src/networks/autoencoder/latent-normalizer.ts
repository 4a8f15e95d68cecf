import * as tf from '@tensorflow/tfjs-core';
import { check, checkCount, checkPositive } from '@diptych/formats/errors';

/**
 * What latents are shifted and scaled by, channel by channel, before a diffusion model sees them: (z - mean) / std. Plain JSON, the
 * type that `encodeLatents` of `@diptych/data/node` measures.
 */
export interface LatentNormalizer {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A scale and a shift as diffusers' configurations give them, or statistics of each channel. */
export type LatentScaling =
  | {
      /** `scaling_factor` there: 0.18215 for Stable Diffusion. */
      scale: number;
      /** `shift_factor` there. Default 0. */
      shift?: number;
      /** Channels of a latent. */
      channels: number;
    }
  | {
      /** `latents_mean` there, one number for each channel. */
      mean: readonly number[];
      /** `latents_std` there. */
      std: readonly number[];
      /** Times the normalised latents: `scaling_factor` beside statistics, `latent_multiplier` of LightningDiT. Default 1. */
      multiplier?: number;
    };

/**
 * The normalizer of a published autoencoder: (z - shift) scale, or (z - mean) / std times a multiplier.
 *
 * @throws DiptychError if a scale is not above 0, a number not finite, or mean and std differ in length
 * @see Rombach et al. 2022, arXiv:2112.10752, appendix G (the scale); Yao et al. 2025, arXiv:2501.01423 (statistics by channel)
 * @example
 * const normalizer = latentNormalizer({ scale: 0.18215, channels: 4 }); // Stable Diffusion 1 and 2
 */
export function latentNormalizer(scaling: LatentScaling): LatentNormalizer {
  if ('scale' in scaling) {
    const { scale, shift = 0, channels } = scaling;
    checkCount('latentNormalizer', { channels });
    checkPositive('latentNormalizer', { scale });
    const same = (value: number) => Array<number>(channels).fill(value);
    return checkNormalizer('latentNormalizer', { mean: same(shift), std: same(1 / scale) }, channels);
  }
  const { mean, std, multiplier = 1 } = scaling;
  const sound = multiplier > 0 && Number.isFinite(multiplier);
  check(sound, 'latentNormalizer', 'multiplier', 'a finite number above 0', multiplier);
  return checkNormalizer('latentNormalizer', { mean: [...mean], std: std.map((s) => s / multiplier) }, mean.length);
}

/** Refuses numbers that are no normalizer of so many channels. */
export function checkNormalizer(where: string, normalizer: LatentNormalizer, channels: number): LatentNormalizer {
  const { mean, std } = normalizer ?? {};
  const finite = (of: unknown) => Array.isArray(of) && of.length === channels && of.every(Number.isFinite);
  const sound = channels > 0 && finite(mean) && finite(std) && std.every((s) => s > 0);
  const rule = `a finite mean and a standard deviation above 0 for each of the ${channels} channels, { mean, std }`;
  check(sound, where, 'normalizer', rule, JSON.stringify(normalizer));
  return normalizer;
}

/** (z - mean) / std, in the last axis. */
export const normalized = (z: tf.Tensor4D, { mean, std }: LatentNormalizer): tf.Tensor4D =>
  tf.tidy(() => tf.div(tf.sub(z, tf.tensor1d([...mean])), tf.tensor1d([...std])));

/** The inverse of `normalized`. */
export const denormalized = (z: tf.Tensor4D, { mean, std }: LatentNormalizer): tf.Tensor4D =>
  tf.tidy(() => tf.add(tf.mul(z, tf.tensor1d([...std])), tf.tensor1d([...mean])));
