import * as tf from '@tensorflow/tfjs-core';
import { tensorOf } from './tensor-of.ts';

export interface GradCheckOptions {
  /** Step of the differences. Default 0.03: float32 noise (about 1e-7 of the result / step) and the error of order step^4 are both small. */
  step?: number;
  /** Elements checked per input, evenly spread. Default 24. */
  samples?: number;
}

/** The element where gradient and difference disagree most. */
export interface GradCheckResult {
  /** |analytic - numeric| relative to the largest gradient of this input. */
  error: number;
  input: number;
  index: number;
  analytic: number;
  numeric: number;
}

/**
 * Compares the gradient of `f` with fourth-order central differences.
 *
 * The scalar that is differentiated is the sum of `f`'s result times fixed numbers, taken in double precision. Assert on `error`:
 * about 1e-4 is what float32 gives, a wrong gradient is above 1e-2.
 */
export async function gradCheck(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { step = 0.03, samples = 24 }: GradCheckOptions = {},
): Promise<GradCheckResult> {
  const probe = tf.tidy(() => f(...inputs));
  const cotangent = tensorOf(probe.shape, 77);
  const weights = await cotangent.data();
  const gradients = tf.tidy(() => tf.grads(f)([...inputs], cotangent));
  tf.dispose([probe, cotangent]);

  const objective = (values: Float32Array, input: number) =>
    tf.tidy(() => {
      const moved = inputs.map((x, i) => (i === input ? tf.tensor(values.slice(), x.shape) : x));
      const result = f(...moved).dataSync<'float32'>();
      return result.reduce((sum, y, i) => sum + y * weights[i], 0);
    });

  let worst: GradCheckResult = { error: 0, input: -1, index: -1, analytic: 0, numeric: 0 };
  for (const [input, x] of inputs.entries()) {
    const values = Float32Array.from(await x.data());
    const analytic = await gradients[input].data();
    const indices = spread(values.length, samples);
    const numeric = indices.map((index) => {
      const at = (offset: number) => {
        const moved = values.slice();
        moved[index] += offset;
        // What was added is what float32 made of it.
        return { y: objective(moved, input), h: moved[index] - values[index] };
      };
      const slope = (h: number) => {
        const [up, down] = [at(h), at(-h)];
        return (up.y - down.y) / (up.h - down.h);
      };
      return (4 * slope(step) - slope(2 * step)) / 3;
    });
    const scale = Math.max(1e-2, ...numeric.map(Math.abs), ...indices.map((i) => Math.abs(analytic[i])));
    for (const [i, index] of indices.entries()) {
      const error = Math.abs(analytic[index] - numeric[i]) / scale;
      if (!(error <= worst.error)) worst = { error, input, index, analytic: analytic[index], numeric: numeric[i] };
    }
  }
  tf.dispose(gradients);
  return worst;
}

/** `count` of the numbers 0 ... length - 1, the first and the last among them. */
const spread = (length: number, count: number) =>
  length <= count
    ? Array.from({ length }, (_, i) => i)
    : Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
