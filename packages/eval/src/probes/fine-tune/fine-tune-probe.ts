import { foldIn, uniformArray } from '@diptych/core';
import type { Batch, Key } from '@diptych/core';
import { batches, sequentialBatches } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import {
  checkAllFinite,
  checkNotEmpty,
  checkOptions,
  checkRule,
  checkShape,
  fail,
  rules,
} from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import { labelsOf, splitLabels } from '../parts/probe-labels.ts';
import { confusionMatrix } from '../parts/confusion-matrix.ts';
import type { ImageAugmentation } from '../parts/flip-crop.ts';
import type { ProbeSplits } from '../grid/probe-grid.ts';
import type { ProbeOutcome } from '../parts/probe-outcome.ts';
import { keyRule } from '@diptych/core/random';

/** What decides the outcome besides the data, the network and the key. */
export interface FineTuneProtocol {
  name: 'fine-tuning';
  optimizer: 'adam';
  /** Of the head in the first epoch; it falls along half a cosine, epoch by epoch. */
  learningRate: number;
  /** The rate of group g of G is learningRate * layerDecay^(G - g). */
  layerDecay: number;
  epochs: number;
  batchSize: number;
  augmentation: string;
}

/** What is fine-tuned, and how. */
export interface FineTuneOptions {
  /** Features [B, dims] of a batch; called inside a tidy, differentiable in `variables`. */
  forward: (images: Batch) => tf.Tensor2D;
  /** The network's variables in groups, first layers first. They have their old values again when the probe ends. */
  variables: readonly (readonly tf.Variable[])[];
  splits: ProbeSplits;
  /** Decides the head's first weights, order and augmentation. */
  key: Key;
  /** Default 1e-3. */
  learningRate?: number;
  /** Default 1: all layers learn as fast as the head. */
  layerDecay?: number;
  /** Default 10. */
  epochs?: number;
  /** Default 128. */
  batchSize?: number;
  /** How training images are changed. Default: not. */
  augmentation?: ImageAugmentation;
  /** Number of classes. Default: what the training part says. */
  classes?: number;
  signal?: AbortSignal;
  onProgress?: (progress: FineTuneEpoch) => void;
}

/** What an epoch ended with. */
export interface FineTuneEpoch {
  epoch: number;
  /** Mean cross-entropy of its batches, nats. */
  trainLoss: number;
  validationAccuracy: number;
}

/** The outcome of a fine-tuning probe. `trainAccuracy` is not measured. */
export interface FineTuneResult extends Omit<ProbeOutcome, 'trainAccuracy'> {
  protocol: FineTuneProtocol;
  key: Key;
  /** The epoch with the best validation accuracy, from 1; it is reported on. */
  epoch: number;
  epochs: FineTuneEpoch[];
}

/**
 * Fine-tuning probe: a linear head on the features and the network itself learn the classes together; the epoch with the best
 * validation accuracy is reported on the test images. The head begins as PyTorch's layers do, with bias 0, the network where
 * it stands, and the network's variables are put back at the end, also after an error.
 *
 * **Memory** two copies of the variables beside Adam's moments; nothing is left.
 *
 * @throws DiptychError if data has no labels or one class only, features are not [B, dims] or not finite, or an option is
 * none; `signal.reason` when stopped.
 * @see Bao et al. 2022, BEiT, appendix, arXiv:2106.08254 (fine-tuning with layer-wise decay of the learning rate)
 * @example
 * const { testAccuracy } = await fineTuneProbe({ forward, variables: [stem, blocks], splits, key: key(0), layerDecay: 0.75 });
 */
export async function fineTuneProbe(options: FineTuneOptions): Promise<FineTuneResult> {
  const where = 'fineTuneProbe';
  checkOptions(where, options, {
    forward: rules.required(rules.callback),
    variables: rules.required(rules.list(rules.list(rules.tensor))),
    splits: rules.required(evalRules.splits),
    key: rules.required(keyRule),
    learningRate: rules.positive,
    layerDecay: rules.interval('(0, 1]'),
    epochs: rules.count,
    batchSize: rules.count,
    augmentation: evalRules.augmentation,
    classes: evalRules.classes,
    signal: rules.signal,
    onProgress: rules.callback,
  });
  const { forward, variables, splits, key, augmentation, signal, onProgress } = options;
  const { learningRate = 1e-3, layerDecay = 1, epochs = 10, batchSize = 128 } = options;
  checkNotEmpty(where, { variables: variables.flat() });
  const { labels, classes, warnings } = await splitLabels(splits, where, { classes: options.classes, signal });

  const first = await splits.train.batch([0]);
  const dims = tf.tidy(() => {
    const found = forward(first);
    checkRule(where, 'output of forward', rules.tensor, found);
    checkShape(where, { 'output of forward': found }, [1, 'dims']);
    const { shape } = found;
    return shape[1];
  });
  const before = variables.flat().map((variable) => tf.clone(variable));
  const head = tf.tidy(() => {
    const draws = uniformArray(foldIn(key, 0), dims * classes).map((u) => (2 * u - 1) / Math.sqrt(dims));
    return [tf.variable(tf.tensor2d(Float32Array.from(draws), [dims, classes])), tf.variable(tf.zeros([classes]))];
  });
  const groups: tf.Variable[][] = [...variables.map((group) => [...group]), head];
  const optimizers = groups.map(() => tf.train.adam(learningRate));
  const logitsOf = (images: Batch) =>
    tf.add(tf.matMul(forward(images), head[0] as tf.Tensor2D), head[1]) as tf.Tensor2D;

  const predict = async (dataset: Dataset): Promise<number[]> => {
    const found: number[] = [];
    for await (const images of sequentialBatches(dataset, { batchSize })) {
      signal?.throwIfAborted();
      const logits = tf.tidy(() => logitsOf(images));
      const values = (await logits.data()) as Float32Array;
      logits.dispose();
      for (let i = 0; i < images.shape[0]; i++) {
        const row = values.subarray(i * classes, (i + 1) * classes);
        checkAllFinite(where, { [`scores of image ${found.length}`]: row });
        found.push(row.indexOf(row.reduce((a, b) => Math.max(a, b), -Infinity)));
      }
    }
    return found;
  };

  const history: FineTuneEpoch[] = [];
  let best: { epoch: FineTuneEpoch; values: tf.Tensor[] } | undefined;
  try {
    const stream = batches(splits.train, { batchSize, key: foldIn(key, 1), dropRemainder: false });
    for (let epoch = 0; epoch < epochs; epoch++) {
      const cosine = (1 + Math.cos((Math.PI * epoch) / epochs)) / 2;
      optimizers.forEach((optimizer, g) => {
        const rate = learningRate * cosine * layerDecay ** (groups.length - 1 - g);
        (optimizer as unknown as { learningRate: number }).learningRate = rate;
      });
      let total = 0;
      for (let step = 0; step < stream.stepsPerEpoch; step++) {
        signal?.throwIfAborted();
        const number = epoch * stream.stepsPerEpoch + step;
        const clean = await stream.at(number);
        const images = augmentation ? await augmentation.apply(clean, foldIn(foldIn(key, 2), number)) : clean;
        const loss = tf.tidy(() => {
          const target = tf.oneHot(tf.tensor1d(labelsOf(images, splits.train, where), 'int32'), classes) as tf.Tensor2D;
          const { value, grads } = tf.variableGrads(
            () => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logitsOf(images)), target), -1))) as tf.Scalar,
            groups.flat(),
          );
          groups.forEach((group, g) => {
            const own = group.filter(({ name }) => grads[name]);
            optimizers[g].applyGradients(own.map(({ name }) => ({ name, tensor: grads[name] })));
          });
          return value;
        });
        const [value] = await loss.data();
        loss.dispose();
        if (!Number.isFinite(value))
          fail(where, `the loss of step ${number} is ${value}: are features or the rate too large?`);
        total += (value * images.shape[0]) / splits.train.length;
      }
      const predicted = await predict(splits.validation);
      const right = predicted.filter((k, i) => k === labels.validation[i]).length;
      const found = { epoch: epoch + 1, trainLoss: total, validationAccuracy: right / predicted.length };
      history.push(found);
      onProgress?.(found);
      if (!best || found.validationAccuracy > best.epoch.validationAccuracy) {
        tf.dispose(best?.values ?? []);
        best = { epoch: found, values: groups.flat().map((variable) => tf.clone(variable)) };
      }
    }
    groups.flat().forEach((variable, i) => variable.assign(best!.values[i]));
    const predicted = await predict(splits.test);
    const confusion = confusionMatrix(predicted, labels.test, { classes });
    return {
      protocol: {
        name: 'fine-tuning',
        optimizer: 'adam',
        learningRate,
        layerDecay,
        epochs,
        batchSize,
        augmentation: augmentation?.name ?? 'none',
      },
      key,
      epoch: best!.epoch.epoch,
      epochs: history,
      validationAccuracy: best!.epoch.validationAccuracy,
      testAccuracy: predicted.filter((k, i) => k === labels.test[i]).length / predicted.length,
      dims,
      classes,
      counts: { train: splits.train.length, validation: splits.validation.length, test: splits.test.length },
      confusion,
      warnings,
    };
  } finally {
    variables.flat().forEach((variable, i) => variable.assign(before[i]));
    tf.dispose([...before, ...(best?.values ?? []), ...head]);
    for (const optimizer of optimizers) optimizer.dispose();
  }
}
