import * as tf from '@tensorflow/tfjs-core';
import { normalPerSample, type Key } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { gaussianKl, sampleGaussian } from './diagonal-gaussian.ts';
import type { AutoencoderKL } from './autoencoder-kl.ts';

/** A further term of an autoencoder's loss: of reconstructions and images [B, H, W, C], a scalar that is added as it is. */
export type ReconstructionTerm = (reconstruction: tf.Tensor4D, images: tf.Tensor4D) => tf.Scalar;

/** Options of `autoencoderLoss`. */
export interface AutoencoderLossOptions {
  /** Weight of the Kullback-Leibler divergence. Default 1e-6. */
  klWeight?: number;
  /** Error of the pixels. Default their mean absolute difference. */
  reconstruction?: ReconstructionTerm;
  /** Further terms by name: perceptual, adversarial, each with its weight inside. Default none. */
  terms?: Readonly<Record<string, ReconstructionTerm>>;
}

/** What `autoencoderLoss` reads of a training step of `@diptych/trainer`. */
export interface AutoencoderStep {
  batch: { x: tf.Tensor4D };
  /** Draws the latents. */
  key: Key;
  /** False: the mean stands in for a drawn latent. */
  training: boolean;
  /** Position of the batch's first image in a larger batch. */
  first: number;
}

const absoluteError: ReconstructionTerm = (y, x) => tf.mean(tf.abs(tf.sub(y, x))) as tf.Scalar;

/**
 * The loss of a KL autoencoder: with z drawn from the encoder's distribution of x,
 *
 *     L = reconstruction(decode(z), x) + klWeight mean_i KL_i / (H W C) + sum of the terms
 *
 * The loss of latent diffusion is H W C times this, so its weight of 1e-6 is ours. Reports each part under its name.
 *
 * **Memory** runs inside the trainer's tidy.
 *
 * @returns a function of a training step, as `train` of `@diptych/trainer` takes it
 * @throws DiptychError if klWeight is negative or not finite, or a term is named as a part of its own
 * @see Rombach et al. 2022, arXiv:2112.10752, section 3.1 and eq. 25
 * @example
 * const run = train({ network: autoencoder.asNetwork(), objective: autoencoderLoss(autoencoder), data, optimizer: adamW(), key: key(0) });
 */
export function autoencoderLoss(
  autoencoder: AutoencoderKL,
  { klWeight = 1e-6, reconstruction = absoluteError, terms = {} }: AutoencoderLossOptions = {},
): (step: AutoencoderStep) => { loss: tf.Scalar; metrics: Record<string, tf.Scalar> } {
  check(klWeight >= 0 && Number.isFinite(klWeight), 'autoencoderLoss', 'klWeight', 'finite, at least 0', klWeight);
  const taken = ['reconstruction', 'kl'].find((name) => Object.hasOwn(terms, name));
  check(!taken, 'autoencoderLoss', 'terms', 'named otherwise than reconstruction and kl', taken);
  return ({ batch: { x }, key, training, first }) => {
    const posterior = autoencoder.encode(x);
    const noise = training && normalPerSample(key, [...posterior.mean.shape], { first });
    const z = noise ? sampleGaussian(posterior, noise) : posterior.mean;
    const y = autoencoder.decode(z as tf.Tensor4D);
    check(tf.util.arraysEqual(y.shape, x.shape), 'autoencoderLoss', 'autoencoder', 'one of the shape of images', y);
    const kl = tf.div(tf.mean(gaussianKl(posterior)), x.size / x.shape[0]) as tf.Scalar;
    const parts = {
      reconstruction: reconstruction(y, x),
      ...Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, term(y, x)])),
    };
    const loss = tf.addN([...Object.values(parts), tf.mul(kl, klWeight)]) as tf.Scalar;
    const metrics = Object.entries({ ...parts, kl }).map(([name, value]) => [`autoencoder/${name}`, value] as const);
    return { loss, metrics: Object.fromEntries(metrics) };
  };
}
