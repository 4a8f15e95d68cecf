import * as tf from '@tensorflow/tfjs-core';
import { check, checkFunction, checkRule, rules } from '@diptych/formats/errors';
import { withoutGradient } from './without-gradient.ts';

/**
 * Runs `fn` while the variables hold other values (an EMA teacher's, a checkpoint's), then puts the old ones back, also when
 * `fn` throws.
 *
 * Nothing is copied: variables point at the data of `values` and back. Tensors that an outer gradient has saved keep
 * the values they were saved with. A gradient *of* `fn` is one with respect to the variables at the values lent to them; wrap the
 * call in `withoutGradient` for a constant.
 *
 * @param variables by name; those without an entry in `values` stay as they are
 * @param values by name, each of the shape and dtype of its variable; not consumed
 * @param fn synchronous
 *
 * **Shapes** each value has the shape of its variable.
 * **Memory** `values` stay the caller's; the result is `fn`'s; the count of tensors is the same before and after.
 *
 * @throws DiptychError if a name has no variable, a shape or dtype differs, a tensor is disposed (before anything is changed), or `fn` is async
 *
 * @example
 * ```ts
 * const teacher = withoutGradient(() => withValues(network.variables(), ema, () => network.forward(input)));
 * ```
 */
export function withValues<T>(
  variables: Readonly<Record<string, tf.Variable>>,
  values: Readonly<Record<string, tf.Tensor>>,
  fn: () => T,
): T {
  checkRule('withValues', 'variables', rules.record, variables);
  checkRule('withValues', 'values', rules.record, values);
  checkFunction('withValues', { fn });
  const names = Object.keys(values);
  for (const name of names) {
    const variable = variables[name];
    const value = values[name];
    check(variable, 'withValues', 'values', `named like the variables (${sample(variables)})`, name);
    const gone = 'a tensor that is not disposed (of a running average: clone what is kept beyond the next step)';
    check(!value.isDisposed, 'withValues', `values[${JSON.stringify(name)}]`, gone, 'a disposed one');
    check(!variable.isDisposed, 'withValues', `variables[${JSON.stringify(name)}]`, 'not disposed', 'a disposed one');
    check(
      value.dtype === variable.dtype && tf.util.arraysEqual(value.shape, variable.shape),
      'withValues',
      `values[${JSON.stringify(name)}]`,
      `a ${variable.dtype} tensor of shape [${variable.shape}]`,
      value,
    );
  }
  const held: { variable: tf.Variable; value: tf.Tensor }[] = [];
  try {
    for (const name of names) {
      const variable = variables[name];
      held.push({ variable, value: alias(variable) });
      variable.assign(values[name]);
    }
    const result = fn();
    check(!isThenable(result), 'withValues', 'fn', 'synchronous', 'a promise');
    return result;
  } finally {
    // Backwards, so that a variable listed under two names ends with what it began with.
    for (const { variable, value } of held.reverse()) {
      variable.assign(value);
      value.dispose();
    }
  }
}

/** The data of a variable under another name. Not `tf.clone`: that copies on WASM. */
const alias = (variable: tf.Variable): tf.Tensor => withoutGradient(() => tf.reshape(variable, variable.shape));

const isThenable = (value: unknown) => typeof (value as { then?: unknown } | undefined)?.then === 'function';

const sample = (variables: object) => {
  const names = Object.keys(variables);
  return names.length > 4 ? `${names.slice(0, 4).join(', ')}, …` : names.join(', ');
};
