import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { drawn } from './drawn.ts';

export interface Agreement {
  /** Kernels that must have run on WASM, so that nothing is compared with itself. */
  kernels: readonly string[];
  /** Shapes of the arguments of `op`. */
  shapes: readonly (readonly number[])[];
  /** Which arguments to differentiate by; all of them by default. */
  by?: readonly number[];
  seed?: number;
  /** Bound of the error as a part of the largest number in a result. Default 2e-6. */
  tolerance?: number;
}

/**
 * Asserts that an op and its gradients come out on WASM, by our kernels, as on the plain JavaScript backend, by the composed version,
 * and that no tensor is left behind. The gradients are those of the sum of the result times fixed numbers.
 */
export async function agrees(
  op: (...inputs: tf.Tensor[]) => tf.Tensor,
  { kernels, shapes, by = shapes.map((_, index) => index), seed = 1, tolerance = 2e-6 }: Agreement,
): Promise<void> {
  const hosts = shapes.map((shape, index) => drawn(shape, seed + 101 * index));
  const results: Record<string, Float32Array[]> = {};
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const run = () => tf.tidy(() => evaluate(op, hosts, shapes, by, seed));
    const { kernelNames, result } = await tf.profile(run);
    const tensors = result as unknown as tf.Tensor[];
    if (backend === 'wasm') expect(kernelNames).toEqual(expect.arrayContaining([...kernels]));
    results[backend] = await Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
    tf.dispose(tensors);
    expect(tf.memory().numTensors).toBe(before);
  }
  await tf.setBackend('wasm');
  results.cpu.forEach((want, index) => {
    const name = index === 0 ? 'result' : `gradient ${by[index - 1]}`;
    close(results.wasm[index], want, tolerance, `${name} of shapes ${JSON.stringify(shapes)}`);
  });
}

function evaluate(
  op: (...inputs: tf.Tensor[]) => tf.Tensor,
  hosts: Float32Array[],
  shapes: readonly (readonly number[])[],
  by: readonly number[],
  seed: number,
): tf.Tensor[] {
  const inputs = hosts.map((host, index) => tf.tensor(host, [...shapes[index]]));
  const y = op(...inputs);
  if (by.length === 0 || y.size === 0) return [y];
  const weights = tf.tensor(drawn(y.shape, seed + 77), y.shape);
  const through = (...chosen: tf.Tensor[]) => {
    const all = [...inputs];
    by.forEach((argument, index) => (all[argument] = chosen[index]));
    return op(...all);
  };
  return [
    y,
    ...tf.grads(through)(
      by.map((argument) => inputs[argument]),
      weights,
    ),
  ];
}

function close(got: Float32Array, want: Float32Array, tolerance: number, what: string): void {
  expect(got.length, what).toBe(want.length);
  const scale = want.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  want.forEach((value, index) => {
    // Written so that NaN fails.
    if (!(Math.abs(got[index] - value) <= tolerance * scale))
      expect.fail(`${what}: [${index}] is ${got[index]}, not ${value} (largest ${scale})`);
  });
}
