import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { Key } from '../random/key.ts';

/** What a denoising network is given. */
export interface NetworkInput {
  /** Noisy images as the network wants them (already scaled by c_in), [B, H, W, C]. */
  x: Tensor4D;
  /** Noise label of each sample (EDM: c_noise = ln(sigma)/4), [B]. */
  noise: Tensor1D;
  /** Class of each sample, int32 [B]; absent for an unconditional pass. */
  label?: Tensor1D;
  /** Parameters of the non-leaky augmentation, [B, A], A = 9 for EDM's CIFAR-10 set; absent or zero for none. */
  augmentation?: Tensor2D;
}

/** How one forward pass is to be made. */
export interface ForwardOptions {
  /** Dropout and label dropout on. Default false. */
  training?: boolean;
  /** Randomness of dropout; required when `training` and the network drops anything. */
  key?: Key;
  /** Names of the features to keep; an unknown name throws. Default none. */
  taps?: readonly string[];
}

/** What a denoising network returns. The caller owns every tensor. */
export interface NetworkOutput {
  /** The raw prediction F, [B, H, W, C]. */
  output: Tensor4D;
  /** The taps that were asked for, by name: tokens [B, N, D], maps [B, h, w, D] or vectors [B, D]. */
  features: Readonly<Record<string, Tensor>>;
}

/** Variables under stable dotted names, in a fixed order: the names of the state dict. */
export type NamedVariables = Readonly<Record<string, Variable>>;

/**
 * A denoising network, as processes, losses, trainer and evaluation see it. The networks of `@diptych/models` are
 * `tf.layers.Layer`s that satisfy it; any object that does is as good.
 */
export interface Network {
  forward(input: NetworkInput, options?: ForwardOptions): NetworkOutput;
  /** All weights, trained or not. */
  variables(): NamedVariables;
  /** The weights that training changes. */
  trainableVariables(): NamedVariables;
  /** Every name that `ForwardOptions.taps` may ask for, in the order of the computation. */
  tapNames(): readonly string[];
  /** A feature as one vector per sample, [B, D]. Default: the mean over all axes between the first and the last. */
  readout?(tap: string, feature: Tensor): Tensor2D;
}
