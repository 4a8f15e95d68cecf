import type { NamedVariables } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface CenterOptions {
  /** Share of the old centre that stays in a move. Default 0.9. */
  momentum?: number;
}

/**
 * Running mean of a teacher's logits. The loss of a step uses the centre from before it; move it afterwards.
 *
 *     center = m center + (1 - m) mean of the batch's logits
 *
 * **Shapes** logits [..., K]. **Memory** Holds one variable, `center`, until `dispose()`.
 *
 * @throws DiptychError on a width that is no positive integer, a momentum outside [0, 1], logits of another width.
 * @see Caron et al., DINO, arXiv 2104.14294, eq. 4.
 * @example
 * const center = new Center(4096);
 * const targets = centeredSoftmax(logits, { center: center.value });
 * center.move(logits);
 */
export class Center {
  readonly value: tf.Variable<tf.Rank.R1>;
  private readonly momentum: number;

  constructor(width: number, options: CenterOptions = {}) {
    const { momentum = 0.9 } = options;
    check(Number.isInteger(width) && width > 0, 'Center', 'width', 'a positive integer', width);
    check(momentum >= 0 && momentum <= 1, 'Center', 'options.momentum', 'in [0, 1]', momentum);
    this.momentum = momentum;
    this.value = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([width]), false));
  }

  /** Moves the centre towards the mean of these logits. */
  move(logits: tf.Tensor): void {
    const width = this.value.shape[0];
    check(
      logits.shape[logits.rank - 1] === width && logits.size > 0,
      'Center.move',
      'logits',
      `of shape [..., ${width}]`,
      logits,
    );
    withoutGradient(() => {
      const mean = tf.mean(tf.reshape(logits, [-1, width]), 0);
      this.value.assign(tf.add(tf.mul(this.value, this.momentum), tf.mul(mean, 1 - this.momentum)) as tf.Tensor1D);
    });
  }

  variables(): NamedVariables {
    return { center: this.value };
  }

  dispose(): void {
    this.value.dispose();
  }
}
