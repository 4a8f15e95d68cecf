import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Terms } from './objective.ts';

/** Throws unless an objective returned what can be descended and logged; what it must be is said for people who write their own. */
export function checkTerms(caller: string, objective: string | undefined, value: unknown): asserts value is Terms {
  const where = `${caller}: '${objective ?? 'objective'}'`;
  const of = 'of the objective';
  const pair = typeof value === 'object' && value !== null && 'loss' in value;
  const rule =
    '{ loss, metrics } of scalar tensors, computed in one go (for train: or a function that returns the loss)';
  check(pair, where, `result ${of}`, rule, value);
  const { loss, metrics } = value as Partial<Terms>;
  checkScalar(loss, where, `loss ${of}`);
  check(loss!.dtype === 'float32', where, `loss ${of}`, 'float32', loss);
  const named = typeof metrics === 'object' && metrics !== null && !(metrics instanceof tf.Tensor);
  check(named, where, `metrics ${of}`, 'scalars by name, {} for none', metrics);
  for (const [name, metric] of Object.entries(metrics!)) {
    if (typeof metric !== 'number') checkScalar(metric, where, `metric '${name}' ${of}`);
  }
}

function checkScalar(value: unknown, where: string, parameter: string): void {
  check(value instanceof tf.Tensor, where, parameter, 'a scalar tensor', value);
  check(!value.isDisposed, where, parameter, 'a tensor that is not disposed', value);
  check(value.size === 1, where, parameter, 'a scalar: take tf.mean or tf.sum of it', value);
}
