import type { NamedVariables } from '@diptych/core';
import { lerp } from '@diptych/core/editing';
import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface CenterOptions {
  /** Share of the old center that stays in a move. Default 0.9. */
  momentum?: number;
}

/**
 * Running mean of a teacher's logits. The loss of a step uses the center from before it; move it afterwards.
 *
 *     center = m center + (1 - m) mean of the batch's logits
 *
 * **Shapes** logits [..., K]. **Memory** Holds one variable, `center`, until `dispose()`.
 *
 * @throws DiptychError if the width is not a positive integer, the momentum is outside [0, 1], or logits have another width
 * @see Caron et al. 2021, DINO, eq. 4, arXiv:2104.14294
 * @example
 * const center = new Center(4096);
 * const targets = centeredSoftmax(logits, { center: center.value });
 * center.move(logits);
 */
export class Center {
  readonly value: tf.Variable<tf.Rank.R1>;
  readonly #momentum: number;

  constructor(width: number, options: CenterOptions = {}) {
    const { momentum = 0.9 } = checkOptions('Center', options, { momentum: rules.share });
    checkCount('Center', { width });
    this.#momentum = momentum;
    this.value = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([width]), false));
  }

  /** Moves the center towards the mean of these logits. */
  move(logits: tf.Tensor): void {
    const width = this.value.shape[0];
    const fits = logits?.shape?.at(-1) === width && logits.size > 0;
    check(fits, 'Center.move', 'logits', `of shape [..., ${width}]`, logits);
    withoutGradient(() => {
      const mean = tf.mean(tf.reshape(logits, [-1, width]), 0);
      this.value.assign(lerp<tf.Tensor>(this.value, mean, 1 - this.#momentum) as tf.Tensor1D);
    });
  }

  variables(): NamedVariables {
    return { center: this.value };
  }

  dispose(): void {
    this.value.dispose();
  }
}

/**
 * A center that moves once a step, after it, by the mean of the logits seen in all parts of the step: so a step can be
 * evaluated again with the same result.
 */
export class StepCenter {
  readonly #center: Center;
  readonly #seen: tf.Variable<tf.Rank.R1>;
  #parts = 0;

  constructor(width: number, options: CenterOptions = {}) {
    this.#center = new Center(width, options);
    this.#seen = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([width]), false));
  }

  get value(): tf.Variable<tf.Rank.R1> {
    return this.#center.value;
  }

  /** Logits [..., K] of a part of the step. */
  remember(logits: tf.Tensor): void {
    withoutGradient(() => {
      const mean = tf.mean(tf.reshape(logits, [-1, this.value.shape[0]]), 0);
      const sum = tf.add(tf.mul(this.#seen, this.#parts), mean);
      this.#parts += 1;
      this.#seen.assign(tf.div(sum, this.#parts) as tf.Tensor1D);
    });
  }

  afterStep(): void {
    if (this.#parts > 0) this.#center.move(this.#seen);
    this.#parts = 0;
  }

  variables(): NamedVariables {
    return this.#center.variables();
  }

  dispose(): void {
    this.#center.dispose();
    this.#seen.dispose();
  }
}
