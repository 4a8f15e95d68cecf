import type { NamedVariables } from '@diptych/core';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { Center, type CenterOptions } from './center.ts';

/**
 * A centre that moves once a step, after it, by the mean of the logits seen in all parts of the step: so a step can be
 * evaluated again with the same result.
 */
export class StepCenter {
  private readonly center: Center;
  private readonly seen: tf.Variable<tf.Rank.R1>;
  private parts = 0;

  constructor(width: number, options: CenterOptions = {}) {
    this.center = new Center(width, options);
    this.seen = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([width]), false));
  }

  get value(): tf.Variable<tf.Rank.R1> {
    return this.center.value;
  }

  /** Logits [..., K] of a part of the step. */
  remember(logits: tf.Tensor): void {
    withoutGradient(() => {
      const mean = tf.mean(tf.reshape(logits, [-1, this.value.shape[0]]), 0);
      const sum = tf.add(tf.mul(this.seen, this.parts), mean);
      this.parts += 1;
      this.seen.assign(tf.div(sum, this.parts) as tf.Tensor1D);
    });
  }

  afterStep(): void {
    if (this.parts > 0) this.center.move(this.seen);
    this.parts = 0;
  }

  variables(): NamedVariables {
    return this.center.variables();
  }

  dispose(): void {
    this.center.dispose();
    this.seen.dispose();
  }
}
