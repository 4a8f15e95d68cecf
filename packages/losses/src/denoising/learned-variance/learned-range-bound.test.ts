import { discreteSchedule, linearBetas } from '@diptych/core';
import { posterior, zeroTerminalSnr } from '@diptych/core/schedules';
import { gradCheck, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { hybridBound } from './hybrid-bound.ts';
import { hybridDenoising } from './hybrid-denoising.ts';
import { learnedRangeBound } from './learned-range-bound.ts';
import { pixelLogLikelihood } from './pixel-log-likelihood.ts';

onEachBackend('learned range bound', () => {
  const schedule = discreteSchedule(linearBetas());
  const noised = (images: tf.Tensor4D, noise: tf.Tensor4D, timestep: number[]) => {
    const each = (f: (a: number) => number) =>
      tf.tensor4d(
        timestep.map((t) => f(schedule.alphasCumprod[t])),
        [timestep.length, 1, 1, 1],
      );
    return tf.add(
      tf.mul(images, each(Math.sqrt)),
      tf.mul(
        noise,
        each((a) => Math.sqrt(1 - a)),
      ),
    ) as tf.Tensor4D;
  };
  const data = (timestep: number[]) => {
    const shape: [number, number, number, number] = [timestep.length, 2, 2, 1];
    const images = tensorOf(shape, 1, { scale: 0.9 }) as tf.Tensor4D;
    const noise = tensorOf(shape, 2) as tf.Tensor4D;
    return { schedule, timestep, images, noise, noisy: noised(images, noise, timestep) };
  };

  it('is 0 where the noise is right and the variance the smallest, and the KL of two widths where it is the largest', () => {
    tf.tidy(() => {
      const { noise, ...rest } = data([5, 500]);
      const bound = (v: number) =>
        Array.from(learnedRangeBound(noise, tf.fill(noise.shape, v) as tf.Tensor4D, rest).dataSync());
      for (const bits of bound(-1)) expect(Math.abs(bits)).toBeLessThan(1e-5);
      bound(1).forEach((bits, i) => {
        const ratio = posterior(schedule, rest.timestep[i]).logVariance - Math.log(schedule.betas[rest.timestep[i]]);
        expect(bits).toBeCloseTo((Math.exp(ratio) - 1 - ratio) / 2 / Math.LN2, 5);
      });
    });
  });

  it('pixelLogLikelihood(): the 256 gray values have probability 1 in all, and the tails keep their digits', () => {
    tf.tidy(() => {
      const pixels = tf.tensor4d(
        Array.from({ length: 256 }, (_, i) => i / 127.5 - 1),
        [1, 16, 16, 1],
      );
      for (const [mean, deviation] of [
        [0.1, 0.3],
        [-0.98, 0.05],
        [0, 0.01],
      ] as const) {
        const filled = (value: number) => tf.fill(pixels.shape, value) as tf.Tensor4D;
        const logs = pixelLogLikelihood(pixels, filled(mean), filled(Math.log(deviation)));
        expect(tf.sum(tf.exp(logs)).dataSync()[0]).toBeCloseTo(1, 4);
        expect(Array.from(logs.dataSync()).every(Number.isFinite)).toBe(true);
      }
    });
  });

  it('has the gradient that finite differences find, and none for the noise in the hybrid loss', async () => {
    const { noise, ...rest } = data([0, 30, 900]);
    const epsilon = tf.tidy(() => tf.add(noise, tensorOf(noise.shape, 7, { scale: 0.1 })) as tf.Tensor4D);
    const variance = tensorOf(noise.shape, 5);
    const f = (v: tf.Tensor) => learnedRangeBound(epsilon, v as tf.Tensor4D, rest);
    expect((await gradCheck(f, [variance], { step: 0.02 })).error).toBeLessThan(5e-3);
    tf.tidy(() => {
      const loss = (e: tf.Tensor) =>
        tf.sum(hybridBound(e as tf.Tensor4D, variance as tf.Tensor4D, { ...rest, noise, boundWeight: 3 }));
      const squared = (e: tf.Tensor) => tf.sum(tf.mean(tf.squaredDifference(e, noise), [1, 2, 3]));
      expect(Array.from(tf.grad(loss)(epsilon).dataSync())).toEqual(Array.from(tf.grad(squared)(epsilon).dataSync()));
    });
    tf.dispose([noise, rest.images, rest.noisy, epsilon, variance]);
  });

  it('keeps its digits at every step of a chain of 4000, where the two variances all but agree', () => {
    // The closed form in double, of the float32 numbers that it is given.
    const long = discreteSchedule(linearBetas(4000, { start: 2.5e-5, end: 0.005 }));
    const error = (t: number, scale: number) =>
      tf.tidy(() => {
        const shape: [number, number, number, number] = [1, 4, 4, 3];
        const [images, noise] = [tensorOf(shape, 1, { scale: 0.9 }), tensorOf(shape, 2)];
        const alphaBar = long.alphasCumprod[t];
        const noisy = tf.add(tf.mul(images, Math.sqrt(alphaBar)), tf.mul(noise, Math.sqrt(1 - alphaBar)));
        const [epsilon, variance] = [tf.add(noise, tensorOf(shape, 3, { scale })), tensorOf(shape, 4)];
        const given = { schedule: long, timestep: [t], images, noisy } as Parameters<typeof learnedRangeBound>[2];
        const bits = learnedRangeBound(epsilon as tf.Tensor4D, variance as tf.Tensor4D, given).dataSync()[0];
        const [x0, xt, e, v] = [images, noisy, epsilon, variance].map((of) => of.dataSync());
        const { onX0, logVariance } = posterior(long, t);
        const kl = Array.from(x0!, (x, i) => {
          const own = ((v![i] + 1) / 2) * (Math.log(long.betas[t]) - logVariance);
          const gap = onX0 * (x - xt![i] / Math.sqrt(alphaBar) + long.sigmas[t] * e![i]);
          return (Math.expm1(-own) + own + gap ** 2 * Math.exp(-logVariance - own)) / 2;
        });
        return Math.abs((bits * Math.LN2 * kl.length) / kl.reduce((a, b) => a + b) - 1);
      });
    for (const t of [1, 10, 500, 2000, 3000, 3999])
      for (const scale of [0.01, 0.1, 1]) expect(error(t, scale)).toBeLessThan(2e-5);
    // Where the noise is right all that is left is the excess of e^x over 1 + x, of an x down to 1e-4.
    for (const t of [1, 10, 500, 2000]) expect(error(t, 1e-9)).toBeLessThan(1e-4);
  });

  it('refuses a step without signal, and hybridDenoising() the chain that has one, before it trains', () => {
    const silent = discreteSchedule(zeroTerminalSnr(linearBetas()));
    expect(() => hybridDenoising({ schedule: silent })).toThrow(
      'hybridDenoising: schedule must be a chain that keeps some signal in every step',
    );
    tf.tidy(() => {
      const { noise, ...rest } = data([1, 999]);
      const bound = () => learnedRangeBound(noise, noise, { ...rest, schedule: silent });
      expect(bound).toThrow('learnedRangeBound: timestep must be steps that keep some signal');
      const { noise: ones, ...before } = data([1, 998]);
      const bits = learnedRangeBound(ones, ones, { ...before, schedule: silent });
      expect(Array.from(bits.dataSync()).every(Number.isFinite)).toBe(true);
    });
  });

  it('refuses shapes that differ and timesteps outside the chain', () => {
    tf.tidy(() => {
      const { noise, ...rest } = data([1, 2]);
      expect(() => learnedRangeBound(noise, tf.ones([2, 2, 2, 2]), rest)).toThrow(/learnedRangeBound: variance/);
      expect(() => learnedRangeBound(noise, noise, { ...rest, timestep: [1] })).toThrow(
        /timestep must be of length 2, one per image, got 1/,
      );
      expect(() => learnedRangeBound(noise, noise, { ...rest, timestep: [1, 1000] })).toThrow(/posterior: t/);
    });
  });
});
