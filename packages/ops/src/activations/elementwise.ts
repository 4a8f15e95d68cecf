import { checkTensor } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { fused, type FusedOp } from '../fused/dispatch.ts';

/** A function of every element with its derivative. */
export interface Elementwise {
  /** Input x, output y of the same shape. */
  readonly op: FusedOp;
  /** Inputs dy and x, output dx, all of the same shape. */
  readonly gradOp: FusedOp;
  /** dx, by the kernel of the backend, else composed. */
  gradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor;
  /** The op made of tfjs ops, differentiable. Saves x alone. */
  composed(x: tf.Tensor): tf.Tensor;
}

/** Makes an elementwise op that saves nothing but x from `forward(x)` = f(x) and `backward(dy, x)` = dy f'(x). */
export function elementwise(
  name: string,
  forward: (x: tf.Tensor) => tf.Tensor,
  backward: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor,
): Elementwise {
  const gradOp: FusedOp = { name: `${name}Grad` };
  const gradient = (dy: tf.Tensor, x: tf.Tensor) => fused(gradOp, { dy, x }, {}, () => tf.tidy(() => backward(dy, x)));
  const op: FusedOp = {
    name,
    gradient: {
      inputsToSave: ['x'],
      gradFunc: (dy, [x]) => ({ x: () => gradient(dy as tf.Tensor, x) }),
    },
  };
  const composed = (x: tf.Tensor) =>
    tf.customGrad((...args) => {
      const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
      save([x]);
      return { value: forward(x), gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => gradient(dy, x) };
    })(x);
  return { op, gradOp, gradient, composed };
}

/** Applies it: by the kernel of the backend, else composed. */
export function apply<T extends tf.Tensor>({ op, composed }: Elementwise, x: T): T {
  checkTensor(nameOf(op), { x });
  return fused(op, { x }, {}, () => composed(x) as T);
}

/** The function that the user called: `gelu` of `DiptychGelu`. */
const nameOf = ({ name }: FusedOp) => name.replace(/^Diptych(.)/, (_, first: string) => first.toLowerCase());
