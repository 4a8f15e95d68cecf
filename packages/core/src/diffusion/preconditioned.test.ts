import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { Network } from '../contracts/network.ts';
import { denoiser } from './denoiser.ts';
import { edm } from './edm.ts';
import { preconditioned } from './preconditioned.ts';

const gain = tf.variable(tf.scalar(2), true, 'gain');
afterAll(() => gain.dispose());

/** F = gain x + noise label + class + first augmentation parameter: everything that it is given shows in the output. */
const network: Network = {
  forward({ x, noise, label, augmentation }, { taps = [] } = {}) {
    const own = (values: tf.Tensor) => tf.reshape(values, [-1, 1, 1, 1]);
    let output = tf.add(tf.mul(x, gain), own(noise)) as tf.Tensor4D;
    if (label) output = tf.add(output, own(tf.cast(label, 'float32')));
    if (augmentation) output = tf.add(output, own(tf.slice(augmentation, [0, 0], [-1, 1])));
    return { output, features: Object.fromEntries(taps.map((tap) => [tap, tf.mul(output, 10)])) };
  },
  variables: () => ({ gain }),
  trainableVariables: () => ({ gain }),
  tapNames: () => ['mid'],
};

const diffusion = edm();
const sigmas = [0.5, 2];
const input = () => tf.tensor4d([1, -1, 0.5, 3], [2, 1, 2, 1]);
const expected = (extra: number[] = [0, 0], by = 2) =>
  [1, -1, 0.5, 3].map((x, i) => {
    const { cSkip, cOut, cIn, cNoise } = diffusion.precondition(sigmas[i >> 1]!);
    return cSkip * x + cOut * (by * cIn * x + cNoise + extra[i >> 1]!);
  });

async function expectClose(tensor: tf.Tensor, numbers: number[]) {
  Array.from(await tensor.data()).forEach((value, i) => expect(value).toBeCloseTo(numbers[i]!, 5));
  tensor.dispose();
}

describe('preconditioned()', () => {
  it('is D = c_skip x + c_out F(c_in x; c_noise), every sample at its own level', async () => {
    const x = input();
    const before = tf.memory().numTensors;
    const { denoised, output, features } = preconditioned(network, diffusion, x, sigmas, { taps: ['mid'] });
    expect(tf.memory().numTensors).toBe(before + 3);
    const [f, mid] = [await output.data(), await features.mid!.data()];
    mid.forEach((value, i) => expect(value).toBeCloseTo(10 * f[i]!, 4));
    await expectClose(denoised, expected());
    tf.dispose([output, features, x] as tf.Tensor[]);
  });

  it('hands labels and augmentation on, from tensors and from plain numbers, and leaves them to the caller', async () => {
    const x = input();
    const label = tf.tensor1d([3, 5], 'int32');
    const augmentation = tf.tensor2d([[0.5, ...new Array<number>(8).fill(0)], new Array<number>(9).fill(0)]);
    const before = tf.memory().numTensors;
    await expectClose(
      tf.tidy(() => preconditioned(network, diffusion, x, sigmas, { label }).denoised),
      expected([3, 5]),
    );
    await expectClose(
      tf.tidy(() => preconditioned(network, diffusion, x, sigmas, { label: [3, 5] }).denoised),
      expected([3, 5]),
    );
    await expectClose(
      tf.tidy(() => preconditioned(network, diffusion, x, sigmas, { augmentation }).denoised),
      expected([0.5, 0]),
    );
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, label, augmentation]);
  });

  it('runs with other weights, and leaves the network with its own', async () => {
    const x = input();
    const weights = { gain: tf.scalar(-1) };
    await expectClose(
      tf.tidy(() => preconditioned(network, diffusion, x, sigmas, { weights }).denoised),
      expected([0, 0], -1),
    );
    await expectClose(
      tf.tidy(() => preconditioned(network, diffusion, x, sigmas).denoised),
      expected(),
    );
    tf.dispose([x, weights.gain]);
  });

  it('is differentiable in the weights: dD/dgain = c_out c_in x', async () => {
    const x = input();
    const { value, grads } = tf.variableGrads(
      () => tf.sum(preconditioned(network, diffusion, x, sigmas).denoised) as tf.Scalar,
      [gain],
    );
    const slope = [1, -1, 0.5, 3].reduce((total, xi, i) => {
      const { cOut, cIn } = diffusion.precondition(sigmas[i >> 1]!);
      return total + cOut * cIn * xi;
    }, 0);
    await expectClose(grads.gain!, [slope]);
    tf.dispose([value, x]);
  });

  it('refuses noise levels, labels and augmentation that do not fit the batch', () => {
    const x = input();
    const run = (levels: number[], more = {}) => preconditioned(network, diffusion, x, levels, more);
    expect(() => run([1])).toThrow('preconditioned: sigmas must be 2 finite numbers > 0');
    expect(() => run([1, 0])).toThrow('preconditioned: sigmas must be');
    expect(() => run([1, NaN])).toThrow('preconditioned: sigmas must be');
    expect(() => run(sigmas, { label: [1, 2, 3] })).toThrow('preconditioned: label must be 2 classes');
    const flat = tf.tensor1d([1]);
    expect(() => preconditioned(network, diffusion, flat as never, [1])).toThrow('preconditioned: x must be');
    tf.dispose([x, flat]);
  });
});

describe('denoiser()', () => {
  it('gives the whole batch one noise level, with conditions closed over, and frees all but D', async () => {
    const x = input();
    const before = tf.memory().numTensors;
    const denoised = denoiser(network, diffusion, { label: [3, 5] })(x, 2);
    expect(tf.memory().numTensors).toBe(before + 1);
    const { cSkip, cOut, cIn, cNoise } = diffusion.precondition(2);
    await expectClose(
      denoised,
      [1, -1, 0.5, 3].map((xi, i) => cSkip * xi + cOut * (2 * cIn * xi + cNoise + [3, 5][i >> 1]!)),
    );
    x.dispose();
  });
});
