import { foldIn, key, normalArray } from '@diptych/core';
import { batches, digitSplits } from '@diptych/data';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { onlineProbe } from './online-probe.ts';
import type { OnlineProbe } from './online-probe.ts';

const { train, validation } = digitSplits();

/** A denoising autoencoder with one hidden layer, trained for some steps; a probe may look on. */
async function trained(steps: number, probe?: OnlineProbe) {
  const matrix = (seed: number, shape: [number, number]) =>
    tf.tidy(() =>
      tf.variable(
        tf.tensor2d(
          normalArray(key(seed), shape[0] * shape[1]).map((z) => z / Math.sqrt(shape[0])),
          shape,
        ),
      ),
    );
  const [encoder, decoder] = [matrix(1, [64, 48]), matrix(2, [48, 64])];
  const optimizer = tf.train.sgd(0.05);
  const reports = [];
  const encode = (x: tf.Tensor2D) => tf.relu(tf.matMul(x, encoder));
  const stream = batches(train, { batchSize: 50, key: key(3) });
  for (let step = 0; step < steps; step++) {
    const { x, label } = await stream.at(step);
    const features = tf.tidy(() => {
      const clean = tf.tensor2d(x as Float32Array, [50, 64]);
      const noisy = tf.add(
        clean,
        tf.tensor2d(
          normalArray(foldIn(key(4), step), 3200).map((z) => z * 0.3),
          [50, 64],
        ),
      );
      let hidden: tf.Tensor | undefined;
      const { grads } = tf.variableGrads(() => {
        hidden = tf.keep(encode(noisy as tf.Tensor2D));
        return tf.mean(tf.squaredDifference(tf.matMul(hidden as tf.Tensor2D, decoder), clean)) as tf.Scalar;
      });
      optimizer.applyGradients(grads);
      return hidden!;
    });
    if (probe) reports.push(await probe.step(features, label!));
    features.dispose();
  }
  const held = await validation.batch(Uint32Array.from({ length: 100 }, (_, i) => i));
  const features = tf.tidy(() => encode(tf.tensor2d(held.x as Float32Array, [100, 64])));
  const accuracy = probe && (await probe.evaluate(features, held.label!));
  const weights = [Array.from(await encoder.data()), Array.from(await decoder.data())];
  for (const tensor of [features, encoder, decoder]) tensor.dispose();
  optimizer.dispose();
  return { weights, reports, accuracy };
}

describe('onlineProbe', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('learns beside training and leaves the network as it would be without it, to the bit', async () => {
    const alone = await trained(200);
    const before = tf.memory().numTensors;
    const watched = await trained(200, onlineProbe({ classes: 10, key: key(0), learningRate: 1e-2 }));
    expect(tf.memory().numTensors).toBe(before);
    expect(watched.weights).toEqual(alone.weights);
    const [first, last] = [watched.reports[0], watched.reports.at(-1)!];
    expect(last.steps).toBe(200);
    expect(first.accuracy).toBeLessThan(0.4);
    expect(last.runningAccuracy).toBeGreaterThan(0.8);
    expect(last.loss).toBeLessThan(first.loss / 2);
    expect(watched.accuracy).toBeGreaterThan(0.8);
  });

  it('reports a batch before it learns from it', async () => {
    const probe = onlineProbe({ classes: 2, key: key(0), learningRate: 0.5, batchNorm: false, decay: 0.5 });
    const batch = { rows: new Float64Array([1, 0, 0, 1]), dims: 2 };
    await probe.step(batch, [0, 1]);
    const expected = await probe.evaluate(batch, [1, 0]);
    const { accuracy, runningAccuracy } = await probe.step(batch, [1, 0]);
    expect(accuracy).toBe(expected);
    expect(accuracy).toBe(0); // it had learnt the opposite
    expect(runningAccuracy).toBeLessThan(0.5);
  });

  it('goes on from its state', async () => {
    const options = { classes: 2, key: key(0) };
    const [probe, other] = [onlineProbe(options), onlineProbe({ ...options, key: key(1) })];
    const batch = { rows: new Float64Array([1, 0, 0, 1, 2, 1]), dims: 2 };
    await probe.step(batch, [0, 1, 0]);
    other.restore(probe.state());
    expect(await other.step(batch, [0, 1, 1])).toEqual(await probe.step(batch, [0, 1, 1]));
    expect(other.classifier()).toEqual(probe.classifier());
  });

  it('refuses options that are none, labels that do not match, NaN, and features that change their width', async () => {
    const options = { classes: 2, key: key(0) };
    expect(() => onlineProbe({ ...options, classes: 1 })).toThrow(/classes must be an integer in 2 .. 1048576, got 1/);
    expect(() => onlineProbe({ ...options, decay: 1 })).toThrow(/decay/);
    expect(() => onlineProbe({ ...options, learningRate: NaN })).toThrow(/learningRate/);
    const probe = onlineProbe(options);
    expect(() => probe.classifier()).toThrow(/step must be called before use/);
    const batch = { rows: new Float64Array([1, 0, 0, 1]), dims: 2 };
    await probe.step(batch, [0, 1]);
    await expect(probe.step(batch, [0])).rejects.toThrow(/labels must be of length 2, one per row/);
    await expect(probe.step(batch, [0, 2])).rejects.toThrow(/labels\[1\] must be an integer in 0 .. 1/);
    await expect(probe.step({ rows: new Float64Array([1, NaN]), dims: 2 }, [0])).rejects.toThrow(/row 0 of features/);
    await expect(probe.step({ rows: new Float64Array(3), dims: 3 }, [0])).rejects.toThrow(
      /of 2 dims, as before, got 3/,
    );
  });
});
