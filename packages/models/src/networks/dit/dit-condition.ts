import * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { Block, onePerSample } from '../../base/block.ts';
import { totalMacs } from '../../base/macs.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkOptions, checkSizes } from '../../base/check-options.ts';
import { LabelEmbedding, type LabelEmbeddingOptions } from '../../blocks/embedding/label-embedding.ts';
import { TimeEmbedding } from '../../blocks/embedding/time-embedding.ts';
import { normalInit } from '../../base/initialization.ts';

/** Options of `DiTCondition`. */
export interface DiTConditionOptions
  extends BlockOptions, Partial<Pick<LabelEmbeddingOptions, 'classes' | 'nullClass' | 'dropout'>> {
  width: number;
  /** The lowest frequency of diffusers. Default false. */
  endpoint?: boolean;
}

/**
 * The condition of DiT's blocks: time embedding + label embedding.
 *
 * **Shapes** noise [B], label int32 [B] (if there are classes) -> [B, width].
 *
 * @see Peebles and Xie 2022, arXiv:2212.09748, section 3.2
 * @example
 * const c = new DiTCondition({ width: 384, classes: 1000 }).forward(noise, label);
 */
export class DiTCondition extends Block<[tf.Tensor1D, tf.Tensor1D?, ForwardOptions?], tf.Tensor2D> {
  static className = 'DiptychDiTCondition';
  private readonly time: TimeEmbedding;
  private readonly label?: LabelEmbedding;

  constructor(options: DiTConditionOptions) {
    super(
      checkOptions<DiTConditionOptions>('DiTCondition', options, {
        width: true,
        endpoint: true,
        classes: true,
        nullClass: true,
        dropout: true,
      }),
    );
    const { width, classes, nullClass, dropout, endpoint } = options;
    checkSizes('DiTCondition', { width });
    const small = normalInit(0.02);
    const embedding = { width, frequencies: 256, hidden: width, endpoint, kernelInit: small };
    this.time = this.part('time', new TimeEmbedding(embedding));
    if (classes == null) return;
    this.label = this.part('label', new LabelEmbedding({ classes, width, nullClass, dropout, tableInit: small }));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: ForwardOptions = {}): tf.Tensor {
    this.invokeCallHook(inputs, kwargs);
    const { training, key } = kwargs;
    return tf.tidy(() => {
      const [noise, label] = [inputs].flat().map(onePerSample);
      // model.fit sets `training` but knows no keys: without one nothing is dropped.
      return this.forward(noise, label && tf.cast(label, 'int32'), { training: training && key != null, key });
    });
  }

  protected override compute(noise: tf.Tensor1D, label?: tf.Tensor1D, options?: ForwardOptions): tf.Tensor2D {
    const time = this.time.forward(noise);
    if (!this.label) return time;
    check(label, 'DiTCondition', 'label', 'given to a block with classes', label);
    return tf.add(time, this.label.forward(label, options));
  }

  override macs([batch]: readonly number[]): Record<string, number> {
    return { time: totalMacs(this.time, [batch]) };
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    return this.time.computeOutputShape([inputShape].flat(2).slice(0, 1));
  }
}
