import type { NamedVariables } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Moves every variable of a teacher towards the student's of the same name.
 *
 *     teacher = m teacher + (1 - m) student
 *
 * Integer variables are copied. **Memory** Makes no tensors that outlive the call.
 *
 * @throws DiptychError when a name is missing in the student or the momentum lies outside [0, 1].
 * @see MoCo v3, arXiv 2104.02057, Algorithm 1 (`update(f_k)`).
 * @example
 * moveTowards(teacher, network.trainableVariables(), 0.99);
 */
export function moveTowards(teacher: NamedVariables, student: NamedVariables, momentum: number): void {
  check(momentum >= 0 && momentum <= 1, 'moveTowards', 'momentum', 'in [0, 1]', momentum);
  if (momentum === 1) return;
  for (const [name, target] of Object.entries(teacher)) {
    const source = student[name];
    check(source, 'moveTowards', 'student', `variables named like the teacher's`, name);
    tf.tidy(() => {
      const blends = momentum > 0 && target.dtype === 'float32';
      const moved = tf.add(tf.mul(target, momentum), tf.mul(source, 1 - momentum));
      target.assign(blends ? moved : tf.clone<tf.Tensor>(source));
    });
  }
}
