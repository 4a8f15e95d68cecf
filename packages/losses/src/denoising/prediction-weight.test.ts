import { cosMapDensity } from '@diptych/core/training';
import { edm, flowSchedule, predictVelocity, predictX0, scheduledDiffusion } from '@diptych/core';
import { predictionWeight } from '@diptych/core/training';
import { evaluateGiven } from '@diptych/test-utils/losses';
import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { denoisingLoss } from './denoising-loss.ts';

const time = (sigma: number) => sigma / (1 + sigma);

describe('predictionWeight()', () => {
  it('is the weight itself where the network predicts x0, and that of EDM for weight 1 on its F', () => {
    const x0 = scheduledDiffusion(flowSchedule(), { prediction: predictX0 });
    expect([0.1, 2].map(predictionWeight(x0, (sigma) => sigma + 3))).toEqual([3.1, 5]);
    for (const sigma of [0.02, 1, 40])
      expect(predictionWeight(edm(), () => 1)(sigma) / edm().weight(sigma)).toBeCloseTo(1, 12);
  });
});

onEachBackend('predictionWeight()', () => {
  it('weighs the squared error of a velocity as Stable Diffusion 3 does', () => {
    tf.tidy(() => {
      const diffusion = scheduledDiffusion(flowSchedule(), { prediction: predictVelocity });
      const times = [0.14, 0.38];
      const [images, noise, output] = [1, 2, 3].map((seed) => tensorOf([2, 3, 3, 2], seed) as tf.Tensor4D) as [
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      const velocity = tf.mean(tf.squaredDifference(output, tf.sub(noise, images)), [1, 2, 3]);
      // Weights of diffusers at these times.
      for (const [weight, golden] of [
        [(sigma: number) => time(sigma) ** -2, [51.0204081633, 6.92520775623]],
        [(sigma: number) => cosMapDensity(time(sigma)), [0.838540269188, 1.20389518224]],
      ] as const) {
        const objective = denoisingLoss(diffusion, { weight: predictionWeight(diffusion, weight) });
        const { samples } = evaluateGiven(objective, diffusion, {
          images,
          noise,
          output,
          sigma: times.map((t) => t / (1 - t)),
        });
        expect(relativeError(samples!['denoising'].loss, tf.mul(velocity, golden))).toBeLessThan(1e-5);
      }
    });
  });
});
