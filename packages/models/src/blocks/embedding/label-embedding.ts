import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { uniformArray, type ForwardOptions, type NetworkInput } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import { embeddingLookup } from '@diptych/ops';
import { fill, type Tensor1D } from '@tensorflow/tfjs-core';
import { Block, onePerSample } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { type Initializer, normalInit, constantInit } from '../../base/initialization.ts';

/** Options of `LabelEmbedding`. */
export interface LabelEmbeddingOptions extends BlockOptions {
  /** Number of classes. */
  classes: number;
  width: number;
  /**
   * Whether the table has one more row, number `classes`, for "no label". `zero`: there is no such row, and "no label" is a vector of
   * zeros, as a linear layer gives for a row without a one. Default true.
   */
  nullClass?: boolean | 'zero';
  /** A learned vector `bias` added to every row, that of "no label" included. Default false. */
  bias?: boolean;
  /** Factor of the rows of the table. Default 1. */
  scale?: number;
  /** Probability that training replaces a label by the null class, for classifier-free guidance. Default 0.1, or 0 without null class. */
  dropout?: number;
  /** First values of the bias. Default zero. */
  biasInit?: Initializer;
  /** First values of the table. Default N(0, 0.02^2). */
  tableInit?: Initializer;
}

/**
 * One vector for each class, and one for "no label". With `training` and a key, each label becomes the null class with
 * probability `dropout`.
 *
 * **Shapes** int32 [B] -> [B, width].
 *
 * @throws DiptychError if a label is not int32 or outside 0..classes-1 (or `classes`, if there is a null class), if
 * there is dropout without null class, or training drops labels without a key
 * @see Ho and Salimans 2022, algorithm 1
 * @example
 * const table = new LabelEmbedding({ classes: 10, width: 64 });
 * const e = table.forward(tf.tensor1d([3, 10], 'int32')); // class 3, no label
 */
export class LabelEmbedding extends Block<[tf.Tensor1D, ForwardOptions?], tf.Tensor2D> {
  static className = 'DiptychLabelEmbedding';
  /** Rows of the table: the classes, and the null class if there is one. */
  readonly rows: number;
  /** The row that stands for "no label"; undefined if there is none. */
  readonly nullClass?: number;
  readonly #classes: number;
  readonly #width: number;
  readonly #dropout: number;
  readonly #scale: number;
  readonly #biased: boolean;

  constructor(options: LabelEmbeddingOptions) {
    super(
      checkBlockOptions<LabelEmbeddingOptions>('LabelEmbedding', options, {
        classes: needed(rules.count),
        width: needed(rules.count),
        nullClass: rules.oneOf(true, false, 'zero'),
        bias: rules.flag,
        scale: rules.finite,
        dropout: rules.share,
        tableInit: rules.callback,
        biasInit: rules.callback,
      }),
    );
    const { classes, width, nullClass = true, dropout = nullClass ? 0.1 : 0, tableInit = normalInit(0.02) } = options;
    const { bias = false, scale = 1, biasInit = constantInit(0) } = options;
    check(nullClass !== false || dropout === 0, 'LabelEmbedding', 'dropout', '0 without a null class', dropout);
    this.#classes = classes;
    this.rows = classes + (nullClass === true ? 1 : 0);
    this.nullClass = nullClass ? classes : undefined;
    this.#width = width;
    this.#dropout = dropout;
    this.#scale = scale;
    this.#biased = bias;
    this.declare('table', [this.rows, width], tableInit);
    if (bias) this.declare('bias', [width], biasInit);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: ForwardOptions = {}): tf.Tensor {
    this.invokeCallHook(inputs, kwargs);
    const { training, key } = kwargs;
    return tf.tidy(() => {
      const label = tf.cast(onePerSample([inputs].flat()[0]), 'int32');
      // model.fit sets `training` but knows no keys: without one nothing is dropped.
      return this.forward(label, { training: training && key != null, key });
    });
  }

  protected override compute(label: tf.Tensor1D, { training = false, key }: ForwardOptions = {}): tf.Tensor2D {
    checkLabels(label, this.#classes, this.nullClass);
    let rows = label;
    if (training && this.#dropout > 0) {
      check(key, 'LabelEmbedding', 'key', 'given when labels are dropped in training', key);
      const dropped = Array.from(uniformArray(key, label.shape[0]), (u) => u < this.#dropout);
      rows = tf.where(tf.tensor1d(dropped, 'bool'), tf.fill(label.shape, this.nullClass!, 'int32'), label);
    }
    const table = this.parameter<tf.Tensor2D>('table');
    // One-hot rows need two classes at least; a table of one row is given a second, which nobody names.
    const known =
      this.rows > 1
        ? table
        : tf.pad(table, [
            [0, 1],
            [0, 0],
          ]);
    const found = embeddingLookup(known as tf.Tensor2D, rows) as tf.Tensor2D; // [B, width]
    const scaled = this.#scale === 1 ? found : tf.mul(found, this.#scale);
    return (this.#biased ? tf.add(scaled, this.parameter('bias')) : scaled) as tf.Tensor2D;
  }

  override macs(): Record<string, number> {
    return {}; // a look-up
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.#width];
  }
}

/** Backends whose tensors lie in the memory of the process: reading a few numbers costs nothing and blocks nothing. */
const hostBackends = ['cpu', 'wasm', 'tensorflow'];

/**
 * Refuses labels that are not int32 [B] or name no class. The range is checked where tensors lie in host memory; on a GPU
 * backend reading would stall the device, and a label out of range gives a zero embedding there.
 */
export function checkLabels(label: tf.Tensor1D, classes: number, nullClass?: number): void {
  check(label.rank === 1 && label.dtype === 'int32', 'LabelEmbedding', 'label', 'int32 of shape [B]', label);
  if (!hostBackends.includes(tf.getBackend())) return;
  // eslint-disable-next-line no-restricted-syntax -- host memory, see above
  const values = label.dataSync();
  const range = `a class from 0 to ${classes - 1}`;
  const fits = values.every((n) => (n >= 0 && n < classes) || n === nullClass);
  check(
    fits,
    'LabelEmbedding',
    'label',
    nullClass === undefined ? range : `${range}, or ${nullClass} for "no label"`,
    values,
  );
}

/** The labels of an input; without them the null class for each image. */
export function labelOrNull(where: string, { x, label }: NetworkInput, { nullClass }: LabelEmbedding): Tensor1D {
  const [batch] = x.shape;
  check(label || nullClass != null, where, 'label', 'given to a network without null class', label);
  if (!label) return fill([batch], nullClass!, 'int32');
  check(label.shape[0] === batch, where, 'label', `one for each of ${batch} images`, label);
  return label;
}
