import type { Network, NetworkInput } from '@diptych/core';
import { DiptychError } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { relativeError } from '../ops/relative-error.ts';
import { tensorOf } from '../ops/tensor-of.ts';

/** What the contract needs to know of a network. */
export interface NetworkContractOptions {
  /** Makes a network; two calls must give equal ones. */
  make: () => Network & { dispose(): unknown };
  /** Height, width and channels of its images. */
  image: readonly [number, number, number];
  /** Number of classes, if it takes labels. */
  classes?: number;
  /** Whether it takes augmentation parameters. Default false. */
  augmentation?: boolean;
  /** Channels that come out. Default those of the image. */
  outputs?: number;
}

/** Promises that every denoising network keeps, on the current backend. */
export function networkContract({
  make,
  image,
  classes,
  augmentation = false,
  outputs = image[2],
}: NetworkContractOptions): void {
  const input = (batch: number): NetworkInput => ({
    x: tensorOf<tf.Rank.R4>([batch, ...image], 1),
    noise: tensorOf<tf.Rank.R1>([batch], 2),
    ...(classes && {
      label: tf.tensor1d(
        Array.from({ length: batch }, (_, i) => i % classes),
        'int32',
      ),
    }),
    ...(augmentation && { augmentation: tensorOf<tf.Rank.R2>([batch, 9], 3) }),
  });
  const rows = (of: NetworkInput, first: number, count: number): NetworkInput =>
    Object.fromEntries(
      Object.entries(of).map(([name, value]) => [name, tf.slice(value as tf.Tensor, first, count)]),
    ) as never;

  /** A network whose weights are all away from their first values, zeros among them. */
  const moved = () => {
    const network = make();
    tf.tidy(() => {
      for (const [i, variable] of Object.values(network.variables()).entries()) {
        variable.assign(tf.add(variable, tensorOf(variable.shape, i + 10, { scale: 0.1 })));
      }
    });
    return network;
  };

  const inTidy = (run: () => void) => {
    tf.engine().startScope();
    try {
      run();
    } finally {
      tf.engine().endScope();
    }
  };

  it('gives images and exactly the features that were asked for, each with a readout', () =>
    inTidy(() => {
      const network = moved();
      const taps = network.tapNames();
      const plain = network.forward(input(3));
      expect(plain.output.shape).toEqual([3, image[0], image[1], outputs]);
      expect(plain.output.dataSync().every(Number.isFinite)).toBe(true);
      expect(plain.features).toEqual({});
      const { output, features } = network.forward(input(3), { taps });
      expect(output.dataSync()).toEqual(plain.output.dataSync());
      expect(Object.keys(features).sort()).toEqual([...taps].sort());
      for (const tap of taps) {
        expect(features[tap].dataSync().every(Number.isFinite)).toBe(true);
        const readout = network.readout?.(tap, features[tap]);
        if (readout) expect(readout.shape).toEqual([3, features[tap].shape.at(-1)]);
      }
      network.dispose();
    }));

  it('refuses an unknown tap and says which there are', () =>
    inTidy(() => {
      const network = make();
      let error: unknown;
      try {
        network.forward(input(1), { taps: ['no such tap'] });
      } catch (thrown) {
        error = thrown;
      }
      expect(DiptychError.isInstance(error)).toBe(true);
      for (const tap of network.tapNames()) expect((error as Error).message).toContain(tap);
      network.dispose();
    }));

  it('a sample is the same whatever else is in the batch', () =>
    inTidy(() => {
      const network = moved();
      const all = input(4);
      const [whole, part] = [network.forward(all).output, network.forward(rows(all, 2, 1)).output];
      expect(relativeError(part, tf.slice(whole, 2, 1))).toBeLessThan(1e-5);
      network.dispose();
    }));

  it('two networks of one configuration are equal bit for bit', () =>
    inTidy(() => {
      const [a, b] = [make(), make()];
      expect(Object.keys(a.variables())).toEqual(Object.keys(b.variables()));
      for (const [name, variable] of Object.entries(a.variables())) {
        expect(b.variables()[name].dataSync(), name).toEqual(variable.dataSync());
      }
      expect(a.forward(input(2)).output.dataSync()).toEqual(b.forward(input(2)).output.dataSync());
      a.dispose();
      b.dispose();
    }));

  it('every trained weight is a weight, and takes part in the output', () =>
    inTidy(() => {
      const network = moved();
      const trained = network.trainableVariables();
      const all = network.variables();
      for (const [name, variable] of Object.entries(trained)) expect(all[name]).toBe(variable);
      const loss = () =>
        tf.sum(tf.mul(network.forward(input(3)).output, tensorOf([3, image[0], image[1], outputs], 4))) as tf.Scalar;
      const { grads } = tf.variableGrads(loss, Object.values(trained));
      const idle = Object.keys(trained).filter(
        (name) => !(tf.max(tf.abs(grads[trained[name].name])).dataSync()[0] > 0),
      );
      expect(idle).toEqual([]);
      network.dispose();
    }));

  it('the gradient in the images is that of finite differences', () =>
    inTidy(() => {
      const network = moved();
      const of = input(2);
      const weights = tensorOf([2, image[0], image[1], outputs], 5);
      const value = (x: tf.Tensor) => tf.sum(tf.mul(network.forward({ ...of, x: x as tf.Tensor4D }).output, weights));
      const direction = tensorOf(of.x.shape, 6);
      const slope = tf.sum(tf.mul(tf.grad(value)(of.x), direction)).dataSync()[0];
      const at = (h: number) => value(tf.add(of.x, tf.mul(direction, h))).dataSync()[0];
      const difference = (8 * (at(0.01) - at(-0.01)) - (at(0.02) - at(-0.02))) / 0.12;
      const scale = tf.norm(tf.grad(value)(of.x)).dataSync()[0];
      expect(Math.abs(slope - difference) / scale).toBeLessThan(2e-3);
      network.dispose();
    }));

  it('leaves no tensor behind, and none when it is disposed', () => {
    const empty = tf.memory().numTensors;
    const network = make();
    const of = input(2);
    tf.dispose(network.forward(of) as never);
    const before = tf.memory().numTensors;
    tf.dispose(network.forward(of, { taps: network.tapNames() }) as never);
    const variables = Object.values(network.trainableVariables());
    const loss = () => tf.mean(tf.square(network.forward(of).output)) as tf.Scalar;
    tf.dispose(tf.variableGrads(loss, variables) as never);
    expect(tf.memory().numTensors - before).toBe(0);
    tf.dispose(of as never);
    network.dispose();
    expect(tf.memory().numTensors - empty).toBe(0);
  });
}
