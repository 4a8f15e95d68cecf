import type { Key } from '@diptych/core';
import { check, checkOptions, checkRule, fail, rules } from '@diptych/formats/errors';
import type * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import { checkRows } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { checkLabels } from '../parts/probe-labels.ts';
import { accuracy, classify } from '../parts/classify.ts';
import { LinearHead } from '../adam/linear-head.ts';
import type { HeadState } from '../adam/linear-head.ts';
import type { LinearClassifier } from '../linear/logistic-regression.ts';
import { keyRule } from '@diptych/core/random';

/** How the head learns. */
export interface OnlineProbeOptions {
  classes: number;
  /** Decides the first weights. */
  key: Key;
  /** Of Adam. Default 1e-3. */
  learningRate?: number;
  /** Batch normalization without parameters of its own before the layer, since features grow while a network trains. Default true. */
  batchNorm?: boolean;
  /** Share of the past in `runningAccuracy`. Default 0.95. */
  decay?: number;
}

/** What one training batch said. */
export interface OnlineProbeReport {
  steps: number;
  /** Mean cross-entropy of this batch before the step, nats. */
  loss: number;
  /** Share of this batch that came out right before the step: the head had not learnt from it. */
  accuracy: number;
  /** Mean of `accuracy` that forgets the past. */
  runningAccuracy: number;
}

/** All numbers of a probe, to go on from. */
export interface OnlineProbeState {
  head: HeadState;
  running: number;
  weight: number;
}

/** A linear head that learns beside a network's training. */
export interface OnlineProbe {
  /** One step on the features of a training batch. */
  step(features: FeatureRows | tf.Tensor, labels: ArrayLike<number>): Promise<OnlineProbeReport>;
  /** Accuracy on held-out features, with nothing learnt from them. */
  evaluate(features: FeatureRows | tf.Tensor, labels: ArrayLike<number>): Promise<number>;
  /** The head as it stands. */
  classifier(): LinearClassifier;
  state(): OnlineProbeState;
  restore(state: OnlineProbeState): void;
}

/**
 * Watches a representation while it is learnt: a linear head takes a step on the features of every training batch and says
 * how well it did before it. Features are read from the device, so no gradient can reach the network.
 *
 * **Shapes** features [B, dims], of any rank with B first for a tensor. **Memory** the head, three times in doubles; tensors
 * stay the caller's.
 *
 * @throws DiptychError if an option is none; at a step if labels do not match, dims change or a number is not finite.
 * @see Chen et al. 2020, A simple framework for contrastive learning, appendix B.9, arXiv:2002.05709 (a linear layer beside
 * training, gradient stopped)
 * @example
 * const probe = onlineProbe({ classes: 10, key: key(0) });
 * const { runningAccuracy } = await probe.step(features, batch.label);
 */
export function onlineProbe(options: OnlineProbeOptions): OnlineProbe {
  const where = 'onlineProbe';
  const {
    classes,
    key,
    learningRate = 1e-3,
    batchNorm = true,
    decay = 0.95,
  } = checkOptions(where, options, {
    classes: rules.required(evalRules.classes),
    key: rules.required(keyRule),
    learningRate: rules.positive,
    batchNorm: rules.flag,
    decay: rules.interval('[0, 1)'),
  });
  let dims: number | undefined;
  let head: LinearHead | undefined;
  let [running, weight] = [0, 0];

  const headFor = (width: number) => {
    check(dims === undefined || dims === width, where, 'features', `of ${dims} dims, as before`, width);
    dims = width;
    return (head ??= new LinearHead({ dims: width, classes, key, batchNorm }));
  };
  const known = () => {
    if (!head) fail(where, 'step must be called before use');
    return head;
  };
  const sound = async (features: FeatureRows | tf.Tensor, labels: ArrayLike<number>) => {
    const rows = await rowsOf(features);
    checkLabels(labels, checkRows(rows, where, 'features'), where, classes);
    return rows;
  };
  return {
    async step(features, labels) {
      const rows = await sound(features, labels);
      const { loss, right } = headFor(rows.dims).step(rows, labels, learningRate);
      const accuracy = right / labels.length;
      running = decay * running + (1 - decay) * accuracy;
      weight = decay * weight + (1 - decay);
      return { steps: head!.state().steps, loss, accuracy, runningAccuracy: running / weight };
    },
    async evaluate(features, labels) {
      return accuracy(classify(known().classifier(), await sound(features, labels)).prediction, labels);
    },
    classifier: () => known().classifier(),
    state: () => ({ head: known().state(), running, weight }),
    restore(state) {
      const width = state.head.mean.length;
      const fits = state.head.values.length === classes * (width + 1);
      check(fits, where, 'state', `that of a head of ${classes} classes`, state.head.values.length);
      headFor(width).restore(state.head);
      ({ running, weight } = state);
    },
  };
}

async function rowsOf(features: FeatureRows | tf.Tensor): Promise<FeatureRows> {
  checkRule('onlineProbe', 'features', rules.either(evalRules.rows, rules.tensor), features);
  if ('rows' in features) return features;
  const [count, ...rest] = features.shape;
  check(features.rank >= 2 && count >= 1, 'onlineProbe', 'features', 'of shape [B, ...]', features.shape);
  const values = await features.data();
  const rows = values instanceof Float32Array ? values : Float32Array.from(values);
  return { rows, dims: rest.reduce((a, b) => a * b, 1) };
}
