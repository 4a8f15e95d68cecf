import * as tf from '@tensorflow/tfjs-core';
import type { Network, NetworkInput } from '@diptych/core';
import { check } from '@diptych/formats/errors';

/** Options of `guidedForward`. */
export interface GuidedForwardOptions {
  /** w of F = Fu + w (Fc - Fu): 1 is the conditional prediction, 0 the unconditional one. */
  scale: number;
  /** How many leading channels are guided; the others stay conditional. Default all. */
  channels?: number;
}

/** The three predictions of a guided pass, each [B, H, W, C]. */
export interface GuidedOutput {
  guided: tf.Tensor4D;
  conditional: tf.Tensor4D;
  unconditional: tf.Tensor4D;
}

/**
 * Classifier-free guidance of a network's raw prediction, in one pass over the batch with its labels and without them:
 *
 *     F = Fu + w (Fc - Fu)
 *
 * DiT guides the first 3 channels only. For guidance of a sampler, at the level of denoised images, see `@diptych/core`.
 *
 * **Shapes** inputs [B, ...], `label` required -> [B, H, W, C]. **Memory** the caller owns the three tensors.
 *
 * @param nullClass the label that means "no label"
 * @throws DiptychError without a label
 * @see Ho and Salimans 2022, arXiv:2207.12598, eq. 6, with w = their 1 + w
 * @example
 * const { guided } = guidedForward(network, { x, noise, label }, 1000, { scale: 4, channels: 3 });
 */
export function guidedForward(
  network: Network,
  input: NetworkInput,
  nullClass: number,
  { scale, channels }: GuidedForwardOptions,
): GuidedOutput {
  check(input.label, 'guidedForward', 'input.label', 'given', input.label);
  return tf.tidy(() => {
    const [batch] = input.x.shape;
    const none = tf.fill(input.label!.shape, nullClass, 'int32');
    const doubled = Object.entries(input).map(([name, value]: [string, tf.Tensor]) => {
      return [name, tf.concat([value, name === 'label' ? none : value], 0)];
    });
    const { output } = network.forward(Object.fromEntries(doubled) as NetworkInput);
    const [conditional, unconditional] = tf.split(output, [batch, batch], 0) as [tf.Tensor4D, tf.Tensor4D];
    const all = output.shape[3];
    const mix = (c: tf.Tensor4D, u: tf.Tensor4D) => tf.add(u, tf.mul(tf.sub(c, u), scale)) as tf.Tensor4D;
    if (channels === undefined || channels >= all)
      return { guided: mix(conditional, unconditional), conditional, unconditional };
    const head = (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, channels]) as tf.Tensor4D;
    const rest = tf.slice(conditional, [0, 0, 0, channels], [-1, -1, -1, all - channels]);
    const guided = tf.concat([mix(head(conditional), head(unconditional)), rest], 3) as tf.Tensor4D;
    return { guided, conditional, unconditional };
  });
}
