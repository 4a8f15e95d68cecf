import { foldIn, normalArray } from '@diptych/core';
import type { Key } from '@diptych/core';
import { batches, bytesToSigned } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { check, checkOptions, checkRule, fail, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import type { ImageAugmentation } from '../../probes/parts/flip-crop.ts';
import { classifierGraph } from './classifier-graph.ts';
import { fromTensors } from './classifier-features.ts';
import type { ClassifierFeatures } from './classifier-features.ts';
import { classifierShapes } from './classifier-layers.ts';
import { keyRule } from '@diptych/core/random';

/** How the classifier is trained. */
export interface TrainClassifierOptions {
  /** What its Fréchet distance is called after `FD-`: the data set's name, say. Never FID. */
  name: string;
  /** Decides initial weights, order of images and augmentation. */
  key: Key;
  /** Default 10. */
  epochs?: number;
  /** Default 128. */
  batchSize?: number;
  /** Of Adam; falls to 0 along a cosine. Default 2e-3. */
  learningRate?: number;
  /** Channels of the first convolution. Default 16. */
  width?: number;
  /** Numbers per image. Default 64. */
  features?: number;
  /** Changes the images of a step: `flipCrop()`, say. Default none. */
  augment?: ImageAugmentation;
  /** Told after every epoch. */
  onEpoch?: (epoch: number, loss: number) => void;
  signal?: AbortSignal;
}

/**
 * Trains a small convolutional classifier on a data set at hand and makes a feature network of it, for images from 8x8 to 64x64
 * that Inception knows nothing of. Its distance is `FD-<name>` and comparable only within the same trained network: keep
 * `toSafetensors()` with the figures.
 *
 * A 3x3 convolution, one of stride 2 for every halving down to 4x4, a dense layer to the features (taken before its rectifier),
 * one to the classes; cross entropy, Adam, label smoothing 0.1. Needs gradients: import `@tensorflow/tfjs-layers` first.
 *
 * **Memory** the caller disposes the result.
 *
 * @throws DiptychError if the set has no labels, images are no 8x8 to 64x64, the loss is no number any more; the reason of the
 * signal
 * @see digitFeatures for one that comes trained
 * @example
 * const network = await trainClassifierFeatures(train, { name: 'cifar10', key: key(0) });
 */
export async function trainClassifierFeatures(
  train: Dataset,
  options: TrainClassifierOptions,
): Promise<ClassifierFeatures> {
  const where = 'trainClassifierFeatures';
  checkOptions(where, options, {
    name: rules.required(rules.text),
    key: rules.required(keyRule),
    epochs: rules.count,
    batchSize: rules.count,
    learningRate: rules.positive,
    width: rules.count,
    features: rules.count,
    augment: evalRules.augmentation,
    onEpoch: rules.callback,
    signal: rules.signal,
  });
  checkRule(where, 'train', evalRules.dataset, train);
  const { name, key, epochs = 10, batchSize = 128, learningRate = 2e-3, width = 16, features = 64 } = options;
  const { augment, onEpoch, signal } = options;
  check(name.length > 0 && !/^fid$/i.test(name), where, 'name', 'a name, but not FID', name);
  check(train.classes && train.classes.length >= 2, where, 'train', 'a set with two classes or more', train.classes);
  const small = train.shape.slice(0, 2).every((side) => side >= 8 && side <= 64);
  check(small, where, 'train', 'images from 8x8 to 64x64', train.shape);
  const sizes = { image: train.shape, classes: train.classes.length, width, features };
  const shapes = classifierShapes(sizes);
  const variables = Object.fromEntries(
    Object.entries(shapes).map(([of, shape], i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const spread = of.endsWith('bias') ? 0 : Math.sqrt((2 * shape[shape.length - 1]) / size);
      const values = normalArray(foldIn(key, i), size).map((z) => z * spread);
      const start = tf.tensor(values, [...shape]);
      const variable = tf.variable(start);
      start.dispose();
      return [of, variable];
    }),
  );
  const optimizer = tf.train.adam(learningRate);
  try {
    const stream = batches(train, { batchSize: Math.min(batchSize, train.length), key: foldIn(key, 1000) });
    const steps = epochs * stream.stepsPerEpoch;
    let sum = 0;
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const batch = await stream.at(step);
      const images = augment ? await augment.apply(batch, foldIn(foldIn(key, 1001), step)) : batch;
      const x = images.x instanceof Uint8Array ? bytesToSigned(images.x) : images.x;
      // tfjs has no way to change a rate but this one.
      (optimizer as unknown as { learningRate: number }).learningRate =
        learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
      const loss = tf.tidy(() => {
        const input = tf.tensor4d(x, [...images.shape]);
        const hot = tf.oneHot(tf.tensor1d(batch.label!, 'int32'), sizes.classes);
        const target = tf.add(tf.mul(hot, 0.9), 0.1 / sizes.classes);
        const { value, grads } = tf.variableGrads(() => {
          const { logits } = classifierGraph(input, variables, sizes);
          return tf.mean(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target), -1))) as tf.Scalar;
        }, Object.values(variables));
        optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        return value;
      });
      const [value] = await loss.data();
      loss.dispose();
      if (!Number.isFinite(value)) fail(where, `the loss of step ${step} is ${value}; try a smaller learningRate`);
      sum += value;
      if ((step + 1) % stream.stepsPerEpoch === 0) {
        onEpoch?.((step + 1) / stream.stepsPerEpoch, sum / stream.stepsPerEpoch);
        sum = 0;
      }
    }
    const tensors = await Promise.all(
      Object.entries(shapes).map(async ([of, shape]) => {
        const data = Float32Array.from(await variables[of].data());
        return [of, { shape, dtype: 'float32' as const, data }] as const;
      }),
    );
    return fromTensors(name, sizes, Object.fromEntries(tensors));
  } finally {
    optimizer.dispose();
    tf.dispose(variables);
  }
}
