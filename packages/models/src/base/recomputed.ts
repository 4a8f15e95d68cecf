import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariables } from '@diptych/core';
import { withValues } from '@diptych/ops';

/**
 * Runs a function so that the gradient tape keeps its inputs only; the backward pass runs it again.
 *
 * @param fn of the inputs and the variables, a tensor; run twice when differentiated
 * @param inputs tensors, and what else fn takes
 * @param variables that fn reads; the second run sees them at the values of the first
 */
export function recomputed(
  fn: (...inputs: unknown[]) => tf.Tensor,
  inputs: readonly unknown[],
  variables: NamedVariables,
): tf.Tensor {
  const tensors = inputs.filter((input): input is tf.Tensor => input instanceof tf.Tensor);
  const names = Object.keys(variables);
  const again = (values: tf.Tensor[]) => {
    let next = 0;
    return fn(...inputs.map((input) => (input instanceof tf.Tensor ? values[next++] : input)));
  };
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const given = args as tf.Tensor[];
    save(given);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const values = saved.slice(0, tensors.length);
      const held = Object.fromEntries(names.map((name, i) => [name, saved[tensors.length + i]]));
      return withValues({ ...variables }, held, () => {
        const xs = [...values, ...names.map((name) => variables[name])];
        const grads = innerGradients(() => again(values), xs, dy);
        return xs.map((x, i) => grads[i] ?? tf.zerosLike(x));
      });
    };
    return { value: again(given.slice(0, tensors.length)), gradFunc };
  });
  return run(...tensors, ...names.map((name) => variables[name] as tf.Tensor));
}

/** Gradients inside a backward pass, whose own tape the engine would forget. */
function innerGradients(fn: () => tf.Tensor, xs: tf.Tensor[], dy: tf.Tensor): (tf.Tensor | null)[] {
  const { state } = tf.engine();
  const outer = state.activeTape;
  try {
    return tf.engine().gradients(fn, xs, dy, true).grads;
  } finally {
    state.activeTape = outer;
  }
}
