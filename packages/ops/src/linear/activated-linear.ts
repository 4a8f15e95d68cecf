import * as tf from '@tensorflow/tfjs-core';
import type { Elementwise } from '../activations/elementwise.ts';
import { gelu, geluOp } from '../activations/gelu.ts';
import { geluTanh, geluTanhOp } from '../activations/gelu-tanh.ts';
import { silu, siluOp } from '../activations/silu.ts';
import { fusedAll, type FusedOp } from '../fused/dispatch.ts';
import { linearGradient } from './linear-gradient.ts';

/** A function of every element. */
export type Activation = (x: tf.Tensor) => tf.Tensor;

/** What `linear` does in the pass that makes the product. */
export interface LinearSteps {
  activation: Elementwise | undefined;
  bias: tf.Tensor1D | null;
  residual: tf.Tensor2D | undefined;
}

/** Which activations the kernel of a backend may take along; others follow as an op of their own. */
export function fusableActivation(activation: Activation | undefined): Elementwise | undefined {
  if (activation === (gelu as Activation)) return geluOp;
  if (activation === (geluTanh as Activation)) return geluTanhOp;
  return activation === (silu as Activation) ? siluOp : undefined;
}

/**
 * Inputs x [R, in], kernel [in, out] and, where there are some, bias [out] and residual [R, out]; attribute activation, the name of its op or ''.
 * Outputs y = activation(z) + residual [R, out] and, if there is an activation, z = x kernel + bias [R, out], which its gradient needs.
 */
export const activatedLinearOp: FusedOp = { name: 'DiptychActivatedLinear' };

/** `linear` with an activation, a residual or both in one kernel call. */
export function activatedLinear(x: tf.Tensor2D, kernel: tf.Tensor2D, steps: LinearSteps): tf.Tensor2D {
  const { activation, bias, residual } = steps;
  const optional = { ...(bias && { bias }), ...(residual && { residual }) } as Record<string, tf.Tensor>;
  const names = Object.keys(optional);
  const attributes = { activation: activation?.op.name ?? '' };
  const run = tf.customGrad((...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const [x, kernel, ...rest] = args.slice(0, -1) as tf.Tensor[];
    const inputs = { x, kernel, ...Object.fromEntries(names.map((name, i) => [name, rest[i]])) };
    const [y, z] = fusedAll(activatedLinearOp, inputs, attributes, () =>
      composed(x as tf.Tensor2D, kernel as tf.Tensor2D, steps),
    );
    save(z ? [x, kernel, z] : [x, kernel]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      tf.tidy(() => {
        const [x, kernel, z] = saved as tf.Tensor2D[];
        const dz = activation ? activation.gradient(dy, z) : dy;
        const gradient = linearGradient(dz as tf.Tensor2D, x, kernel);
        const byName: Record<string, () => tf.Tensor> = { bias: gradient.bias, residual: () => dy };
        return [gradient.x(), gradient.kernel(), ...names.map((name) => byName[name]())];
      });
    return { value: y, gradFunc };
  });
  return run(x, kernel, ...Object.values(optional)) as tf.Tensor2D;
}

/** The outputs of the kernel, made of other ops. */
function composed(x: tf.Tensor2D, kernel: tf.Tensor2D, { activation, bias, residual }: LinearSteps): tf.Tensor[] {
  const product = tf.matMul(x, kernel);
  const z = bias ? tf.add(product, bias) : product;
  const y = activation ? activation.composed(z) : z;
  return [residual ? tf.add(y, residual) : y, ...(activation ? [z] : [])];
}
