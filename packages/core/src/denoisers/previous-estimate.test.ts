import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Denoise } from '../contracts/denoiser.ts';
import type { Network } from '../contracts/network.ts';
import { edm } from '../diffusion/edm.ts';
import { foldIn, key } from '../random/key.ts';
import { euler } from '../samplers/euler.ts';
import { samplePath } from '../sampling/sample-path.ts';
import { sample } from '../sampling/sample.ts';
import { apg } from '../guidance/apg.ts';
import { guided, cfg } from '../guidance/guided.ts';
import { labelGuided } from '../guidance/label-guided.ts';
import { previousEstimateDenoiser, previousEstimateInput } from './previous-estimate.ts';
import { zeroVelocity } from './zero-velocity.ts';

describe('previousEstimateDenoiser()', () => {
  it('feeds zeros first, then its own last estimate, and frees it', async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const denoise = previousEstimateDenoiser((x, sigma, previous) => {
      seen.push(previous.dataSync()[0]!);
      return tf.fill(x.shape, sigma);
    });
    (await sample(euler(), denoise, { sigmas: [4, 2, 1, 0], shape: [1, 2], key: key(0) })).dispose();
    expect(seen).toEqual([0, 4, 2]);
    // Another batch size has no estimate yet.
    (await sample(euler(), denoise, { sigmas: [4, 0], shape: [3, 2], key: key(0) })).dispose();
    expect(seen.at(-1)).toBe(0);
    denoise.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('what is remembered within a sampling', () => {
  const options = { sigmas: [4, 2, 1, 0], shape: [2, 3], key: key(0) };
  const better = (x: tf.Tensor, sigma: number) => tf.div(x, 1 + sigma ** 2) as tf.Tensor;
  const worse = (x: tf.Tensor, sigma: number) => tf.div(x, 2 + sigma ** 2) as tf.Tensor;
  const estimate = () => previousEstimateDenoiser((x, sigma, last) => tf.add(better(x, sigma), tf.mul(0.3, last)));
  const kinds = {
    'previousEstimateDenoiser()': () => estimate() as Denoise,
    'apg() with momentum': () => guided(better, worse, apg({ momentum: -0.5 })),
    'both, in a function of the user': () => {
      const inner = guided(estimate(), worse, apg({ momentum: -0.5 }));
      return (x: tf.Tensor, sigma: number) => tf.neg(inner(x, sigma)) as tf.Tensor;
    },
  };

  it.each(Object.entries(kinds))(
    '%s: a sampling begins anew, whatever was sampled before, and leaves nothing',
    async (_, make) => {
      const before = tf.memory().numTensors;
      const denoise = make();
      const draw = async (of: Denoise) => {
        const x = await sample(euler(), of, options);
        const values = Array.from(await x.data());
        x.dispose();
        return values;
      };
      const fresh = await draw(make());
      expect(await draw(denoise)).toEqual(fresh);
      expect(await draw(denoise)).toEqual(fresh);
      // One left in the middle, one aborted by an error, and two at once.
      for await (const { index } of samplePath(euler(), denoise, options)) if (index === 1) break;
      const failing: Denoise = (x, sigma) => (sigma < 2 ? tf.ones([1]) : denoise(x, sigma));
      await expect(draw(failing)).rejects.toThrow();
      expect(await draw(denoise)).toEqual(fresh);
      expect(await Promise.all([draw(denoise), draw(denoise)])).toEqual([fresh, fresh]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('is told from what is remembered outside, which goes on until dispose', async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const denoise = previousEstimateDenoiser((x, sigma, previous) => {
      seen.push(previous.dataSync()[0]!);
      return tf.fill(x.shape, sigma);
    });
    const call = (sigma: number) => tf.tidy(() => void denoise(tf.ones([2, 3]), sigma));
    call(7);
    (await sample(euler(), denoise, { ...options, sigmas: [4, 2, 0] })).dispose();
    call(5);
    denoise.dispose();
    call(3);
    denoise.dispose();
    expect(seen).toEqual([0, 0, 4, 7, 0]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('previousEstimateInput()', () => {
  it('is zeros or the estimate, by the key, in the share asked for, and calls the network for no more', async () => {
    const x = tf.ones([2]);
    let [calls, given] = [0, 0];
    for (let i = 0; i < 400; i++) {
      const previous = previousEstimateInput(foldIn(key(0), i), x, (zeros) => (calls++, tf.add(zeros, 3)), {
        probability: 0.3,
      });
      given += (await previous.data())[0]! / 3;
      previous.dispose();
    }
    expect(given).toBe(calls);
    expect(Math.abs(calls / 400 - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / 400));
  });

  it('is a constant to the gradient', () => {
    const f = (w: tf.Tensor) =>
      tf.sum(
        tf.mul(
          w,
          previousEstimateInput(key(0), w, () => tf.mul(w, w), { probability: 1 }),
        ),
      );
    expect(
      Array.from(
        tf
          .grad(f)(tf.tensor1d([3]))
          .dataSync(),
      ),
    ).toEqual([9]);
    expect(() => previousEstimateInput(key(0), tf.ones([1]), (z) => z, { probability: 2 })).toThrow(
      'previousEstimateInput: probability must be a number in [0, 1]',
    );
  });
});

describe('labelGuided()', () => {
  const network: Network = {
    forward: ({ x, label }) => ({
      output: tf.fill(x.shape, label ? label.dataSync()[0]! : -1) as tf.Tensor4D,
      features: {},
    }),
    variables: () => ({}),
    trainableVariables: () => ({}),
    tapNames: () => [],
  };

  it('guides by the label against none', () => {
    const x = tf.zeros([1, 1, 1, 1]);
    const denoise = labelGuided(network, edm(), { label: [5], rule: cfg(3) });
    const cOut = edm().precondition(1).cOut;
    expect(denoise(x, 1).dataSync()[0]).toBeCloseTo(cOut * (-1 + 3 * 6), 5);
  });

  it('refuses to guide without labels, and labels that are none', () => {
    expect(() => labelGuided(network, edm(), {})).toThrow('labelGuided: label must be given');
    const x = tf.zeros([1, 1, 1, 1]);
    for (const label of [[0.5], [-1], [1, 2]])
      expect(() => labelGuided(network, edm(), { label })(x, 1)).toThrow(
        'preconditioned: label must be 1 classes, one integer >= 0 for each sample',
      );
    const plain = (y: tf.Tensor) => y;
    expect(() => guided(plain, plain, cfg(2))).toThrow('guided: worse must be another denoiser than better');
  });
});

it('zeroVelocity is a flow that stands still: x_t = x/(1 + sigma) stays the same', async () => {
  const initial = tf.tensor([3]);
  const x = await sample(euler(), zeroVelocity, { sigmas: [4, 1], initial });
  expect((await x.data())[0]! / 2).toBeCloseTo(3 / 5, 6);
  tf.dispose([initial, x]);
});
