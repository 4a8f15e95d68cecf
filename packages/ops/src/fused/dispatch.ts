import { check, checkFunction, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/** The gradient of a fused kernel, as `tf.registerGradient` takes it, without the name. */
export type FusedGradient = Omit<tf.GradConfig, 'kernelName'>;

/** An operation that a backend may have a kernel of its own for. */
export interface FusedOp {
  /** Name in the kernel registry, the same on every backend. All ours begin with `Diptych`. */
  readonly name: string;
  /**
   * Gradient of the kernel; absent for kernels that only run inside gradients. It is made of other ops and fused ops, so
   * it serves every backend, and it sees only what the contract of the kernel (inputs and outputs) promises.
   */
  readonly gradient?: FusedGradient;
}

/**
 * Whether this op would now run by a kernel of the current backend. Looked up every time: kernels may be registered and
 * unregistered, and switching the backend switches the kernels. While a tape records, an op without a gradient of its own (a gradient inside a
 * gradient) is composed, so that second derivatives are right.
 *
 * @example
 * const y = hasFused(op) ? fused(op, { x }, {}, composed) : inParts(x);
 */
export function hasFused(op: FusedOp): boolean {
  checkOp('hasFused', op);
  if (!op.gradient && tf.engine().isTapeOn()) return false;
  return tf.getKernel(op.name, tf.getBackend()) != null;
}

/**
 * Runs an op by the fused kernel of the current backend if there is one, else by its composed version.
 *
 * This is the one place where kernels plug in. A backend gets a kernel by
 * `tf.registerKernel({kernelName: op.name, backendName, kernelFunc})`; the ops do not change. Rules for a kernel:
 *
 * - It is given the inputs and attributes that the file of the op documents, and returns the outputs it documents, in this
 *   order. The first is the result; the others are what the gradient saves.
 * - It covers all of them: a shape it has no fast path for goes to the composed version inside `kernelFunc`
 *   (no tape runs there), as long as all outputs are returned.
 * - It brings no gradient: that of the op is registered here, on first use. A gradient registered earlier is left alone.
 *
 * An optional input that is absent is left out of `inputs`, and must not be among `inputsToSave`.
 *
 * **Shapes** those that the file of the op documents.
 * **Memory** the caller owns the result; what the kernel returns for the gradient alone is disposed outside one.
 *
 * @example
 * const op: FusedOp = { name: 'DiptychGelu' };
 * const y = fused(op, { x }, {}, () => composedGelu(x));
 */
export function fused<T extends tf.Tensor>(
  op: FusedOp,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap,
  composed: () => T,
): T {
  checkFused('fused', op, inputs, attributes, composed);
  if (!hasFused(op)) return composed();
  const [first, ...residuals] = runFused(op, inputs, attributes);
  // Outside a gradient nothing else holds them.
  for (const residual of residuals) residual.dispose();
  return first as T;
}

/**
 * As `fused`, for kernels of several results that all go to the caller: gradients of several inputs, say.
 *
 * **Shapes** those that the file of the op documents.
 * **Memory** the caller owns the results.
 *
 * @example
 * const [dx, dgamma] = fusedAll(gradOp, { dy, x, gamma }, {}, () => composedGradient(dy, x, gamma));
 */
export function fusedAll(
  op: FusedOp,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap,
  composed: () => tf.Tensor[],
): tf.Tensor[] {
  checkFused('fusedAll', op, inputs, attributes, composed);
  return hasFused(op) ? runFused(op, inputs, attributes) : composed();
}

function runFused(op: FusedOp, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor[] {
  if (op.gradient && tf.getGradient(op.name) == null) tf.registerGradient({ kernelName: op.name, ...op.gradient });
  const result = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(op.name, inputs, attributes);
  return Array.isArray(result) ? result : [result];
}

function checkOp(where: string, op: FusedOp): void {
  check(rules.object.holds(op) && rules.text.holds(op.name), where, 'op', 'a fused op, with its kernel name', op);
}

function checkFused(where: string, op: FusedOp, inputs: object, attributes: object, composed: unknown): void {
  checkOp(where, op);
  checkRule(where, 'inputs', rules.record, inputs);
  checkRule(where, 'attributes', rules.record, attributes);
  checkFunction(where, { composed });
}
