import * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import { silu, sinusoidalEmbedding } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions, type Defaults, type Given, withDefaults } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { FourierEmbedding } from '../../blocks/embedding/fourier-embedding.ts';
import { LabelEmbedding } from '../../blocks/embedding/label-embedding.ts';
import { Linear } from '../../blocks/mlp/linear.ts';
import { constantInit, normalInit } from '../../base/initialization.ts';
import { initialsRule, unetInit, type UNetInitials } from '../../blocks/image/unet-initials.ts';

/** Options of `UNetEmbedding`. */
export interface UNetEmbeddingOptions extends BlockOptions {
  /** Width of the features of the noise label. */
  frequencies: number;
  /** Width of the condition. */
  condition: number;
  /** Default sinusoid. */
  embedding?: 'sinusoid' | 'fourier' | 'learned';
  /** Rows of a learned table. */
  steps?: number;
  endpoint?: boolean;
  sinFirst?: boolean;
  /** Number of classes, if there are labels. */
  classes?: number;
  labelsAt?: 'frequencies' | 'condition';
  nullClass?: boolean;
  labelDropout?: number;
  /** Number of augmentation parameters, if there are any. */
  augmentation?: number;
  initials?: UNetInitials;
}

const defaults = {
  frequencies: undefined,
  condition: undefined,
  embedding: 'sinusoid',
  steps: undefined,
  endpoint: true,
  sinFirst: true,
  classes: undefined,
  labelsAt: 'condition',
  nullClass: true,
  labelDropout: undefined,
  augmentation: undefined,
  initials: 'uniform',
} as const satisfies Defaults<UNetEmbeddingOptions>;

/** What the noise label becomes, and where labels enter. */
export const embeddingRule = rules.oneOf('sinusoid', 'fourier', 'learned');
export const labelsAtRule = rules.oneOf('frequencies', 'condition');

/** What a `UNetEmbedding` is given. */
export interface UNetConditions {
  noise: tf.Tensor1D;
  label?: tf.Tensor1D;
  augmentation?: tf.Tensor2D;
}

/**
 * The condition of a UNet's blocks, e = W2 silu(W1 f + b1) + b2, of the features f of the noise label. Labels are added to f (times
 * sqrt(classes)) or to e, the parameters of an augmentation to f, through a matrix without bias.
 *
 * **Shapes** noise [B], label int32 [B], augmentation [B, n] -> [B, condition].
 *
 * @throws DiptychError if a size does not fit, or labels are dropped in training without a key
 * @see Ho et al. 2020, arXiv:2006.11239, appendix B; Karras et al. 2022, arXiv:2206.00364, table 7 and appendix F.2
 * @example
 * const e = new UNetEmbedding({ frequencies: 128, condition: 512 }).forward({ noise: tf.tensor1d([0.1]) }); // [1, 512]
 */
export class UNetEmbedding extends Block<[UNetConditions, ForwardOptions?], tf.Tensor2D> {
  static className = 'DiptychUNetEmbedding';
  readonly labels?: LabelEmbedding;
  readonly #options: Given<UNetEmbeddingOptions, typeof defaults>;
  readonly #fourier?: FourierEmbedding;
  readonly #steps?: LabelEmbedding;
  readonly #augmentation?: Linear;
  readonly #fc1: Linear;
  readonly #fc2: Linear;

  constructor(options: UNetEmbeddingOptions) {
    super(
      checkBlockOptions<UNetEmbeddingOptions>('UNetEmbedding', options, {
        frequencies: needed(rules.count),
        condition: needed(rules.count),
        embedding: embeddingRule,
        steps: rules.count,
        endpoint: rules.flag,
        sinFirst: rules.flag,
        classes: rules.count,
        labelsAt: labelsAtRule,
        nullClass: rules.flag,
        labelDropout: rules.share,
        augmentation: rules.count,
        initials: initialsRule,
      }),
    );
    const given = withDefaults<UNetEmbeddingOptions, typeof defaults>(options, defaults);
    const { frequencies, condition, embedding, endpoint, steps, classes, augmentation } = given;
    const { labelsAt, nullClass, labelDropout: dropout, initials } = given;
    this.#options = given;
    if (embedding === 'fourier') this.#fourier = this.part('fourier', new FourierEmbedding({ width: frequencies }));
    if (embedding === 'sinusoid') {
      const least = endpoint ? 4 : 2;
      check(frequencies >= least, 'UNetEmbedding', 'frequencies', `at least ${least}`, frequencies);
    }
    if (embedding === 'learned') {
      check(steps != null, 'UNetEmbedding', 'steps', 'the number of steps of a learned embedding', steps);
      const table = { classes: steps, width: frequencies, nullClass: false, tableInit: normalInit(1) };
      this.#steps = this.part('steps', new LabelEmbedding(table));
    }
    if (classes != null) {
      const early = labelsAt === 'frequencies';
      const tableInit = early ? unetInit(initials, classes).kernelInit : normalInit(1);
      const shape = early
        ? { width: frequencies, bias: true, scale: Math.sqrt(classes), biasInit: unetInit(initials, classes).biasInit }
        : { width: condition };
      const table = { classes, nullClass: nullClass ? ('zero' as const) : false, dropout, tableInit, ...shape };
      this.labels = this.part('label', new LabelEmbedding(table));
    }
    if (augmentation) {
      const init = initials === 'zeroResidual' ? constantInit(0) : unetInit(initials, augmentation).kernelInit;
      const map = new Linear({ inputs: augmentation, outputs: frequencies, bias: false, kernelInit: init });
      this.#augmentation = this.part('augmentation', map);
    }
    const layer = (inputs: number) => new Linear({ inputs, outputs: condition, ...unetInit(initials, inputs) });
    this.#fc1 = this.part('fc1', layer(frequencies));
    this.#fc2 = this.part('fc2', layer(condition));
  }

  protected override compute(given: UNetConditions, options: ForwardOptions = {}): tf.Tensor2D {
    const { label, augmentation } = given;
    const early = this.#options.labelsAt === 'frequencies';
    const row = this.labels && label ? this.labels.forward(label, options) : undefined;
    let features = this.#features(given.noise); // [B, frequencies]
    if (row && early) features = tf.add(features, row);
    if (this.#augmentation && augmentation) {
      const { augmentation: count } = this.#options;
      check(augmentation.shape[1] === count, 'UNet', 'augmentation', `${count} numbers for each image`, augmentation);
      features = tf.add(features, this.#augmentation.forward(augmentation));
    }
    const condition = this.#fc2.forward(this.#fc1.activated(features, silu)) as tf.Tensor2D; // [B, condition]
    return row && !early ? tf.add(condition, row) : condition;
  }

  #features(noise: tf.Tensor1D): tf.Tensor2D {
    const { frequencies, endpoint, sinFirst } = this.#options;
    if (this.#steps) return this.#steps.forward(tf.cast(noise, 'int32'));
    if (!this.#fourier) return sinusoidalEmbedding(noise, frequencies, { endpoint, sinFirst });
    const waves = this.#fourier.forward(noise); // cosines, sines
    return sinFirst ? (tf.concat(tf.split(waves, 2, 1).reverse(), 1) as tf.Tensor2D) : waves;
  }

  override macs([batch]: readonly number[]): Record<string, number> {
    const { frequencies, condition, augmentation } = this.#options;
    return {
      ...(this.labels && { label: 0 }),
      ...(this.#augmentation && { augmentation: totalMacs(this.#augmentation, [batch, augmentation!]) }),
      fc1: totalMacs(this.#fc1, [batch, frequencies]),
      fc2: totalMacs(this.#fc2, [batch, condition]),
    };
  }
}
