import { check, checkRule, checkShape, checkShare, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from '../contracts/network.ts';
import { lerp } from '../editing/lerp.ts';

/**
 * The same variables under `<prefix>.<name>`.
 *
 * **Memory** Makes no tensors.
 *
 * @example
 * const all = { ...prefixed('network', network.variables()), ...prefixed('objective', objective.variables?.() ?? {}) };
 */
export function prefixed(prefix: string, variables: NamedVariables): NamedVariables {
  checkRule('prefixed', 'prefix', rules.text, prefix);
  checkRule('prefixed', 'variables', rules.record, variables);
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [`${prefix}.${name}`, variable]));
}

/**
 * Moves every variable by a share of the way to the one of the same name: `lerp` in place, the step of a running average.
 *
 *     from = from + share (to - from)
 *
 * At a share of 1, and for integers, the values are copied exactly.
 *
 * **Memory** Makes no tensors that outlive the call.
 *
 * @throws DiptychError if a name is missing in `to`, the shapes differ, or share is outside [0, 1]
 * @see Chen, Xie and He 2021, MoCo v3, Algorithm 1 (`update(f_k)`, whose m is 1 - share), arXiv:2104.02057
 * @example
 * lerpVariables(teacher, network.trainableVariables(), 1 - 0.99);
 */
export function lerpVariables(from: NamedVariables, to: NamedVariables, share: number): void {
  checkRule('lerpVariables', 'from', rules.record, from);
  checkRule('lerpVariables', 'to', rules.record, to);
  checkShare('lerpVariables', { share });
  for (const [name, { shape }] of Object.entries(from)) {
    check(to[name], 'lerpVariables', 'to', 'variables named like those of from', name);
    checkShape('lerpVariables', { [`${name} of to`]: to[name] }, shape);
  }
  if (share === 0) return;
  for (const [name, variable] of Object.entries(from)) {
    const goal = to[name];
    tf.tidy(() => {
      const blends = share < 1 && variable.dtype === 'float32';
      variable.assign(blends ? lerp<tf.Tensor>(variable, goal, share) : tf.clone<tf.Tensor>(goal));
    });
  }
}
