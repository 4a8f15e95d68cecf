import { uniformArray } from '@diptych/core';
import type { Key } from '@diptych/core';
import type { FeatureRows } from '../../features/feature-rows.ts';
import type { LinearClassifier } from '../linear/logistic-regression.ts';
import { addCrossEntropy, addProducts, scores } from '../parts/scores.ts';

/** How a head begins. */
export interface LinearHeadOptions {
  dims: number;
  classes: number;
  /** Decides the first weights. */
  key: Key;
  /** Batch normalization without parameters of its own before the layer. */
  batchNorm: boolean;
}

/** What a head made of a batch before it learnt from it. */
export interface HeadStep {
  /** Mean cross-entropy, nats. */
  loss: number;
  /** Rows whose class came out right. */
  right: number;
}

/** Numbers of a head, to go on from. */
export interface HeadState {
  steps: number;
  /** [classes * dims + classes]: weight, then bias. */
  values: Float64Array;
  /** Adam's moments. */
  first: Float64Array;
  second: Float64Array;
  /** Running statistics of the batch normalization. */
  mean: Float64Array;
  variance: Float64Array;
}

/**
 * A linear layer with softmax cross-entropy that learns batch by batch with Adam (betas 0.9 and 0.999, eps 1e-8), on the host
 * in float64. It begins as PyTorch's layers do, uniform in +-1 / sqrt(dims).
 *
 * @see Kingma and Ba 2015, Adam, algorithm 1, arXiv:1412.6980; Ioffe and Szegedy 2015, Batch normalization, arXiv:1502.03167
 * (momentum 0.1, eps 1e-5)
 */
export class LinearHead {
  readonly #dims: number;
  readonly #classes: number;
  readonly #batchNorm: boolean;
  #state: HeadState;

  constructor({ dims, classes, key, batchNorm }: LinearHeadOptions) {
    this.#dims = dims;
    this.#classes = classes;
    this.#batchNorm = batchNorm;
    const size = classes * (dims + 1);
    const values = uniformArray(key, size).map((u) => (2 * u - 1) / Math.sqrt(dims));
    const [first, second] = [new Float64Array(size), new Float64Array(size)];
    this.#state = {
      steps: 0,
      values,
      first,
      second,
      mean: new Float64Array(dims),
      variance: new Float64Array(dims).fill(1),
    };
  }

  /** One step of Adam on a batch; what it returns was found before the step. */
  step(features: FeatureRows, labels: ArrayLike<number>, learningRate: number): HeadStep {
    const [dims, classes, state] = [this.#dims, this.#classes, this.#state];
    const rows = this.#batchNorm ? this.#normalized(features.rows) : features.rows;
    const count = labels.length;
    const size = classes * dims;
    const logits = new Float64Array(count * classes);
    scores(rows, dims, state.values.subarray(0, size), state.values.subarray(size), logits);
    let right = 0;
    for (let i = 0; i < count; i++) {
      let top = 0;
      for (let k = 1; k < classes; k++) if (logits[i * classes + k] > logits[i * classes + top]) top = k;
      if (top === labels[i]) right++;
    }
    const loss = addCrossEntropy(0, logits, labels, 0, classes) / count;

    const gradient = new Float64Array(size + classes);
    for (let i = 0; i < count; i++) {
      logits[i * classes + labels[i]] -= 1;
      for (let k = 0; k < classes; k++) gradient[size + k] += logits[i * classes + k] /= count;
    }
    addProducts(gradient, logits, rows, dims, classes);
    adamStep(state, gradient, learningRate);
    return { loss, right };
  }

  /** The layer as it stands, with the running statistics of a batch normalization taken into its weights. */
  classifier(): LinearClassifier {
    const [dims, classes] = [this.#dims, this.#classes];
    const { values, mean, variance } = this.#state;
    const weight = values.slice(0, classes * dims);
    const bias = values.slice(classes * dims);
    if (this.#batchNorm) {
      for (let k = 0; k < classes; k++) {
        for (let d = 0; d < dims; d++) {
          weight[k * dims + d] /= Math.sqrt(variance[d] + 1e-5);
          bias[k] -= weight[k * dims + d] * mean[d];
        }
      }
    }
    return { classes, dims, weight, bias };
  }

  /** A copy of all numbers. */
  state(): HeadState {
    const { steps, values, first, second, mean, variance } = this.#state;
    return {
      steps,
      values: values.slice(),
      first: first.slice(),
      second: second.slice(),
      mean: mean.slice(),
      variance: variance.slice(),
    };
  }

  /** Goes on from a copy of a state of the same size. */
  restore(state: HeadState): void {
    this.#state = structuredClone(state);
  }

  /** Rows brought to mean 0 and deviation 1 by their own statistics, which the running ones follow. */
  #normalized(rows: FeatureRows['rows']): Float64Array {
    const dims = this.#dims;
    const count = rows.length / dims;
    const mean = new Float64Array(dims);
    const variance = new Float64Array(dims);
    for (let i = 0; i < rows.length; i++) mean[i % dims] += rows[i] / count;
    for (let i = 0; i < rows.length; i++) variance[i % dims] += (rows[i] - mean[i % dims]) ** 2 / count;
    const unbiased = count > 1 ? count / (count - 1) : 1;
    for (let d = 0; d < dims; d++) {
      this.#state.mean[d] += 0.1 * (mean[d] - this.#state.mean[d]);
      this.#state.variance[d] += 0.1 * (variance[d] * unbiased - this.#state.variance[d]);
    }
    return Float64Array.from(rows, (value, i) => (value - mean[i % dims]) / Math.sqrt(variance[i % dims] + 1e-5));
  }
}

function adamStep(state: HeadState, gradient: Float64Array, learningRate: number): void {
  const { values, first, second } = state;
  state.steps++;
  const [one, two] = [1 - 0.9 ** state.steps, 1 - 0.999 ** state.steps];
  for (let i = 0; i < values.length; i++) {
    first[i] += 0.1 * (gradient[i] - first[i]);
    second[i] += 0.001 * (gradient[i] * gradient[i] - second[i]);
    values[i] -= (learningRate * (first[i] / one)) / (Math.sqrt(second[i] / two) + 1e-8);
  }
}
