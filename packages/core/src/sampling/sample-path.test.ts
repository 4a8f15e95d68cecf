import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Denoise } from '../contracts/denoiser.ts';
import { key, split } from '../random/key.ts';
import { normalPerSample } from '../random/tensors.ts';
import { euler } from '../samplers/euler.ts';
import { rk45 } from '../samplers/rk45.ts';
import { sample } from './sample.ts';
import { samplePath } from './sample-path.ts';
import type { Sampler } from '../contracts/sampler.ts';

const half = (x: tf.Tensor) => tf.div(x, 2);
const options = { sigmas: [4, 2, 1, 0], shape: [2, 3], key: key(0) };

/** Moves x half-way to 0 in sigma when it is let, and counts its attempts in a state with tensors. */
function halving(refused: number): Sampler<{ attempts: number; history: tf.Tensor[] }> {
  return {
    name: 'halving',
    step(x, denoise, { sigma, sigmaNext, state }) {
      const next = sigma > 2 * sigmaNext ? sigma / 2 : sigmaNext;
      const denoised = denoise(x, sigma);
      const attempts = (state?.attempts ?? 0) + 1;
      const history = [denoised, ...(state?.history ?? [])].slice(0, 2);
      return {
        x: tf.mul(x, next / sigma),
        denoised,
        sigma: next,
        error: tf.scalar(attempts),
        state: { attempts, history },
      };
    },
    accept: (error, state) => ({ accepted: error > refused, state }),
  };
}

describe('samplePath()', () => {
  it('starts at sigmas[0] times noise that belongs to the sample', async () => {
    const seen: Float32Array[] = [];
    const spy = (x: tf.Tensor) => {
      seen.push(x.dataSync() as Float32Array);
      return half(x);
    };
    (await sample(euler(), spy, { ...options, first: 5 })).dispose();
    const noise = normalPerSample(split(key(0))[0], [2, 3], { first: 5 });
    const start = tf.mul(noise, 4);
    expect(seen[0]).toEqual(await start.data());
    tf.dispose([noise, start]);
  });

  it('starts at `initial` if it is given, and leaves it to the caller', async () => {
    const initial = tf.tensor([8, 16]);
    const x = await sample(euler(), half, { sigmas: [4, 2], initial });
    expect(await x.data()).toEqual(Float32Array.of(6, 12));
    expect(await initial.data()).toEqual(Float32Array.of(8, 16));
    tf.dispose([initial, x]);
  });

  it('yields state, preview, level and counts after every step', async () => {
    const events = [];
    const initial = tf.tensor([8]);
    for await (const { x, denoised, ...rest } of samplePath(euler(), half, { sigmas: [4, 2, 0], initial })) {
      events.push({ ...rest, x: (await x.data())[0], denoised: (await denoised.data())[0] });
    }
    initial.dispose();
    expect(events).toEqual([
      { index: 0, steps: 1, total: 2, sigma: 2, evaluations: 1, x: 6, denoised: 4 },
      { index: 1, steps: 2, total: 2, sigma: 0, evaluations: 2, x: 3, denoised: 3 },
    ]);
  });

  it('lets the event loop run between steps', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    const slow = (x: tf.Tensor) => {
      const until = performance.now() + 3;
      while (performance.now() < until);
      return half(x);
    };
    (await sample(euler(), slow, { ...options, sigmas: Array.from({ length: 21 }, (_, i) => 20 - i) })).dispose();
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  it('does not begin when the signal is aborted already', async () => {
    const before = tf.memory().numTensors;
    let calls = 0;
    const counting = (x: tf.Tensor) => (calls++, half(x));
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(sample(euler(), counting, { ...options, signal })).rejects.toThrow('too late');
    expect([calls, tf.memory().numTensors]).toEqual([0, before]);
  });

  it('never disposes what a denoiser keeps for itself, nor x when a denoiser returns it', async () => {
    const before = tf.memory().numTensors;
    const constant = tf.ones([2, 3]);
    const x = await sample(euler(), () => constant, options);
    expect(await x.data()).toEqual(await constant.data());
    x.dispose();
    const same = await sample(euler(), (x) => x, options);
    expect(same.isDisposed).toBe(false);
    tf.dispose([same, constant]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('lets an adaptive sampler refuse attempts, choose its steps and carry tensors, without a leak', async () => {
    const before = tf.memory().numTensors;
    const sigmas: number[] = [];
    const totals = new Set<number | undefined>();
    for await (const event of samplePath(halving(2), half, { ...options, sigmas: [8, 1] })) {
      sigmas.push(event.sigma);
      totals.add(event.total);
    }
    expect(sigmas).toEqual([8, 8, 4, 2, 1]);
    expect([...totals]).toEqual([undefined]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('frees the attempt of an adaptive sampler whose judgement throws', async () => {
    const before = tf.memory().numTensors;
    const broken: Sampler = {
      ...halving(0),
      accept() {
        throw new Error('no judgement');
      },
    };
    await expect(sample(broken, half, { ...options, sigmas: [8, 1] })).rejects.toThrow('no judgement');
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['NaN', NaN],
    ['Infinity', Infinity],
  ])('names the step and the level at which a denoiser gave %s, and frees everything', async (_, value) => {
    const before = tf.memory().numTensors;
    const broken = (x: tf.Tensor, sigma: number) => (sigma === 2 ? tf.fill(x.shape, value) : half(x));
    const message = 'euler: denoise(x, sigma) of step 1, at sigma 2, must be finite';
    await expect(sample(euler(), broken, options)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names a denoiser that gave NaN to an adaptive sampler at once', async () => {
    const before = tf.memory().numTensors;
    const run = sample(rk45(), (x) => tf.mul(x, NaN), { ...options, sigmas: [8, 1] });
    await expect(run).rejects.toThrow('rk45: denoise(x, sigma) of step 0, at sigma 8, must be finite');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a denoiser that returns no tensor', async () => {
    const none = (() => undefined) as unknown as Denoise;
    await expect(sample(euler(), none, options)).rejects.toThrow('must be of shape [2, 3], got undefined');
  });

  it.each([
    [{ sigmas: [] }, 'samplePath: sigmas must be a grid of at least 2 noise levels'],
    [{ sigmas: [1] }, 'samplePath: sigmas must be a grid of at least 2 noise levels'],
    [{ sigmas: [1, 1, 0] }, 'samplePath: sigmas must be strictly decreasing, got [1, 1, 0]'],
    [{ sigmas: [0, 1] }, 'samplePath: sigmas must be strictly decreasing'],
    [{ sigmas: [NaN, 0] }, 'samplePath: sigmas must be finite, got [NaN, 0]'],
    [{ sigmas: [1, -1] }, 'samplePath: sigmas must be >= 0'],
    [{ shape: [] }, 'samplePath: shape must be given'],
    [{ shape: [0, 3] }, 'samplePath: shape must be given'],
    [{ shape: undefined }, 'samplePath: shape must be given'],
    [{ key: undefined }, 'samplePath: key must be given, unless initial is'],
    [{ first: 0.5 }, 'samplePath: first must be an integer >= 0, got 0.5'],
  ])('refuses %j at once', (wrong, message) => {
    expect(() => samplePath(euler(), half, { ...options, ...wrong })).toThrow(message);
  });

  it('refuses an initial state that is disposed or no tensor, at once', () => {
    const disposed = tf.ones([2, 3]);
    disposed.dispose();
    for (const initial of [disposed, [1, 2], 5, 'x'] as never[]) {
      const rule = /^samplePath: initial must be a tensor( that is not disposed)?, got/;
      expect(() => samplePath(euler(), half, { sigmas: options.sigmas, initial })).toThrow(rule);
    }
  });

  it('refuses an initial state of another shape, a denoiser that changes it, and noise without a key', async () => {
    const before = tf.memory().numTensors;
    const initial = tf.zeros([3]);
    expect(() => samplePath(euler(), half, { ...options, initial })).toThrow(
      'samplePath: initial must be of shape [2, 3]',
    );
    await expect(sample(euler(), () => tf.zeros([1]), options)).rejects.toThrow(
      'euler: denoise(x, sigma) of step 0, at sigma 4, must be of shape [2, 3], got float32 tensor of shape [1]',
    );
    await expect(sample(euler({ churn: 5 }), half, { sigmas: [2, 1, 0], initial })).rejects.toThrow(
      'euler: key must be',
    );
    initial.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
