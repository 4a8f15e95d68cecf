import { check, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkTensors } from '../optimizers/packing/named-tensors.ts';
import { posthocCoefficients } from './posthoc-coefficients.ts';
import type { Profile } from './posthoc-coefficients.ts';

/** A stored power function average. */
export interface Snapshot extends Profile {
  /** Its tensors by name, from `run.averages` or a checkpoint. */
  readonly tensors: tf.NamedTensorMap;
}

/**
 * An average of a width that was not tracked, from snapshots of those that were: choose the EMA length after training.
 *
 * **Shapes** as the snapshots'. **Memory** the result is the caller's; the snapshots stay as they are.
 *
 * @throws DiptychError if there are no snapshots, or they do not hold the same names.
 * @see Karras et al. 2024, section 3.2, arXiv:2312.02696; `posthocCoefficients` for the fit.
 * @example
 * const weights = posthocEma(snapshots, { time: 5000, std: 0.07 });
 * const images = await sample(heun(), denoiser(network, diffusion, { weights }), options);
 */
export function posthocEma(snapshots: readonly Snapshot[], wanted: Profile): tf.NamedTensorMap {
  checkRule('posthocEma', 'snapshots', rules.list(rules.object), snapshots);
  checkRule('posthocEma', 'wanted', rules.object, wanted);
  for (const { tensors } of snapshots) checkTensors('posthocEma', 'tensors of a snapshot', tensors);
  const coefficients = posthocCoefficients(snapshots, [wanted]);
  const names = Object.keys(snapshots[0]?.tensors ?? {});
  for (const { tensors } of snapshots) {
    const same = Object.keys(tensors).length === names.length && names.every((name) => tensors[name]);
    check(same, 'posthocEma', 'snapshots', 'of the same tensors', Object.keys(tensors));
  }
  return tf.tidy(() => {
    const combined = names.map((name) => {
      const parts = snapshots.map(({ tensors }, i) => tf.mul(tensors[name], coefficients[i][0]));
      return [name, tf.addN(parts)] as const;
    });
    return Object.fromEntries(combined);
  });
}
