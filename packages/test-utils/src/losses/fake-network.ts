import { foldIn, key as seedKey, type NamedVariables, type Network, normalTensor } from '@diptych/core';
import type { ForwardOptions, NetworkInput, NetworkOutput } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

export interface FakeNetworkOptions {
  /** Channels of the images. Default 2. */
  channels?: number;
  /** Channels of the tap `mid`. Default 5. */
  width?: number;
  /** Seed of the weights. Default 1. */
  seed?: number;
}

/** What one forward pass was given. */
export interface FakeNetworkCall {
  x: number[];
  noise: number[];
  label: number[] | undefined;
  augmentation: number[] | undefined;
  options: ForwardOptions;
}

/**
 * The smallest network with everything that objectives touch: a linear map of every pixel, a tanh, a linear map back.
 *
 *     mid = tanh(x E + noise e),  output = mid W + b
 *
 * `calls` keeps what every forward pass was given.
 */
export class FakeNetwork implements Network {
  readonly calls: FakeNetworkCall[] = [];
  private readonly weights: { embed: tf.Variable; time: tf.Variable; out: tf.Variable; bias: tf.Variable };

  constructor({ channels = 2, width = 5, seed = 1 }: FakeNetworkOptions = {}) {
    const drawn = (i: number, ...shape: number[]) =>
      tf.tidy(() => tf.variable(normalTensor(foldIn(seedKey(seed), i), shape)));
    this.weights = {
      embed: drawn(0, channels, width),
      time: drawn(1, width),
      out: drawn(2, width, channels),
      bias: drawn(3, channels),
    };
  }

  forward(input: NetworkInput, options: ForwardOptions = {}): NetworkOutput {
    const numbers = (of: tf.Tensor | undefined) => of && Array.from(of.dataSync());
    const { x, noise, label, augmentation } = input;
    this.calls.push({
      x: numbers(x)!,
      noise: numbers(noise)!,
      label: numbers(label),
      augmentation: numbers(augmentation),
      options,
    });
    const { embed, time, out, bias } = this.weights;
    const unknown = options.taps?.find((tap) => !this.tapNames().includes(tap));
    if (unknown !== undefined) throw new Error(`FakeNetwork: no tap ${unknown}`);
    const [b, h, w, c] = x.shape;
    return tf.tidy(() => {
      const pixels = tf.matMul(tf.reshape(x, [b * h * w, c]), embed as tf.Tensor2D);
      const shift = tf.mul(tf.reshape(noise, [b, 1, 1, 1]), time);
      const mid = tf.tanh(tf.add(tf.reshape(pixels, [b, h, w, embed.shape[1]!]), shift)); // [B, H, W, width]
      const rows = tf.matMul(tf.reshape(mid, [b * h * w, embed.shape[1]!]), out as tf.Tensor2D);
      const output = tf.add(tf.reshape(rows, [b, h, w, c]), bias) as tf.Tensor4D;
      const all: Record<string, tf.Tensor> = { mid, out: output };
      return { output, features: Object.fromEntries((options.taps ?? []).map((tap) => [tap, tf.clone(all[tap]!)])) };
    });
  }

  variables(): NamedVariables {
    return this.weights;
  }

  trainableVariables(): NamedVariables {
    return this.weights;
  }

  tapNames(): readonly string[] {
    return ['mid', 'out'];
  }

  dispose(): void {
    tf.dispose(this.weights);
  }
}
