import { check, checkOptions, checkRule, checkShape, rules, type OptionRules } from '@diptych/formats/errors';
import { withValues } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions, Network } from '../contracts/network.ts';
import type { Diffusion } from '../contracts/diffusion.ts';
import { checkNetwork } from '../networks/check-network.ts';
import { keyRule } from '../random/check-key.ts';
import { checkDiffusion } from './check-diffusion.ts';

export interface Conditions {
  /** Class of each sample, int32 [B]; absent for an unconditional pass. The caller owns it. */
  label?: tf.Tensor1D | ArrayLike<number>;
  /** Parameters of the non-leaky augmentation, [B, 9]; absent for none. The caller owns it. */
  augmentation?: tf.Tensor2D;
  /** Weights to use in place of the network's own (an average of them, say), by the network's names. */
  weights?: Readonly<Record<string, tf.Tensor>>;
}

export type PreconditionedOptions = Conditions & ForwardOptions;

/** What holds for conditions. */
export const conditionRules = {
  label: rules.either(rules.tensor, rules.array),
  augmentation: rules.tensor,
  weights: rules.record,
} as const;

/** What holds for conditions and for how the network is run. */
const preconditionedRules: OptionRules<PreconditionedOptions> = {
  ...conditionRules,
  training: rules.flag,
  key: keyRule,
  taps: rules.list(rules.text),
};

export interface PreconditionedOutput {
  /** D(x; sigma), [B, H, W, C]. */
  denoised: tf.Tensor4D;
  /** The network's raw prediction F, [B, H, W, C]. */
  output: tf.Tensor4D;
  /** The taps that were asked for. */
  features: Readonly<Record<string, tf.Tensor>>;
}

/**
 * One preconditioned pass of a network, each sample at its own noise level:
 *
 *     D(x; sigma) = c_skip x + c_out F(c_in x; c_noise)
 *
 * **Shapes** x [B, H, W, C], sigmas B numbers. **Memory** the caller owns everything returned; x, label, augmentation and
 * weights are left alone. Differentiable in x and in the network's variables (not in `weights`).
 *
 * @throws DiptychError if x is not of rank 4, sigmas are not B finite numbers > 0, or label and augmentation do not fit B
 * @see Karras et al. 2022, eq. 7, arXiv:2206.00364
 * @example
 * const { denoised, features } = preconditioned(network, edm(), x, [0.06, 0.06], { taps: ['mid'] });
 */
export function preconditioned(
  network: Network,
  diffusion: Diffusion,
  x: tf.Tensor4D,
  sigmas: readonly number[],
  options: PreconditionedOptions = {},
): PreconditionedOutput {
  const { label, augmentation, weights, ...forward } = checkOptions('preconditioned', options, preconditionedRules);
  checkNetwork('preconditioned', network);
  checkDiffusion('preconditioned', diffusion);
  checkRule('preconditioned', 'sigmas', rules.array, sigmas);
  checkShape('preconditioned', { x }, ['B', 'H', 'W', 'C']);
  const batch = x.shape[0];
  const positive = sigmas.every((sigma) => sigma > 0 && sigma < Infinity);
  check(sigmas.length === batch && positive, 'preconditioned', 'sigmas', `${batch} finite numbers > 0`, sigmas);
  const labels = label instanceof tf.Tensor ? label.size : label?.length;
  const classes =
    label instanceof tf.Tensor || !label || Array.from(label).every((of) => Number.isInteger(of) && of >= 0);
  const labelled = (labels ?? batch) === batch && classes;
  check(labelled, 'preconditioned', 'label', `${batch} classes, one integer >= 0 for each sample`, label);
  const rows = augmentation?.shape[0] ?? batch;
  check(rows === batch, 'preconditioned', 'augmentation', `${batch} rows`, augmentation);

  const c = sigmas.map((sigma) => diffusion.precondition(sigma));
  const each = (name: 'cSkip' | 'cOut' | 'cIn') =>
    tf.tensor4d(
      Float32Array.from(c, (of) => of[name]),
      [batch, 1, 1, 1],
    );
  const pass = () =>
    network.forward(
      {
        x: tf.mul(x, each('cIn')),
        noise: tf.tensor1d(Float32Array.from(c, (of) => of.cNoise)),
        ...(label && { label: label instanceof tf.Tensor ? label : tf.tensor1d(Int32Array.from(label), 'int32') }),
        ...(augmentation && { augmentation }),
      },
      forward,
    );
  return tf.tidy(() => {
    const { output, features } = weights ? withValues({ ...network.variables() }, { ...weights }, pass) : pass();
    const denoised = tf.add(tf.mul(each('cSkip'), x), tf.mul(each('cOut'), output)) as tf.Tensor4D;
    return { denoised, output, features };
  });
}
