import { edm, key, type Diffusion } from '@diptych/core';
import { evaluateObjective, tensorBatch } from '@diptych/losses';
import { FakeNetwork, lossContract, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { denoisingLoss } from './denoising-loss.ts';

lossContract('denoisingLoss', () => denoisingLoss(edm()));

interface Evaluated {
  sigma: readonly number[];
  denoised: number[][][][];
  x: number[][][][];
  loss: number;
  logged: number;
  perSample: number[];
  sigmas: readonly number[];
}

onEachBackend('denoisingLoss()', () => {
  const evaluate = (diffusion: Diffusion, weight?: (sigma: number) => number) => {
    const network = new FakeNetwork();
    const result = tf.tidy(() => {
      const batch = tensorBatch(randomBatch());
      const objective = denoisingLoss(diffusion, weight && { weight });
      let pass: { sigma: number[]; denoised: number[][][][] } | undefined;
      const terms = evaluateObjective(
        {
          ...objective,
          compute(context) {
            const { sigma, denoised } = context.pass(diffusion);
            pass = { sigma: [...sigma], denoised: denoised.arraySync() };
            return objective.compute(context);
          },
        },
        { network, batch, key: key(4), step: 0 },
      );
      const samples = terms.samples!['denoising'];
      return {
        ...pass!,
        x: batch.x.arraySync(),
        loss: terms.loss.dataSync()[0],
        logged: terms.metrics['denoising/loss'].dataSync()[0],
        perSample: Array.from(samples.loss.dataSync()),
        sigmas: [...samples.sigma],
      };
    }) as Evaluated;
    network.dispose();
    return result;
  };
  const meanSquares = (a: number[][][][], b: number[][][][]) =>
    a.map((image, i) => {
      const [p, q] = [image.flat(2), b[i].flat(2)];
      return p.reduce((sum, v, j) => sum + (v - q[j]) ** 2, 0) / p.length;
    });

  it('is the mean over batch and pixels of lambda |D - x0|^2, and reports each sample with its noise level', () => {
    const diffusion = edm({ sigmaData: 0.7 });
    const { sigma, sigmas, denoised, x, loss, logged, perSample } = evaluate(diffusion);
    const expected = meanSquares(denoised, x).map((v, i) => (v * (sigma[i] ** 2 + 0.49)) / (sigma[i] * 0.7) ** 2);
    perSample.forEach((value, i) => expect(value / expected[i]).toBeCloseTo(1, 5));
    expect(loss / (expected.reduce((a, b) => a + b) / 4)).toBeCloseTo(1, 5);
    expect(logged).toBe(loss);
    expect(sigmas).toEqual(sigma);
  });

  it('takes a weighting of its own', () => {
    const { denoised, x, perSample, sigma } = evaluate(edm(), (s) => 1 / s ** 2);
    meanSquares(denoised, x).forEach((v, i) => expect((perSample[i] * sigma[i] ** 2) / v).toBeCloseTo(1, 5));
  });

  it('refuses a negative or non-finite weight, with the noise level', () => {
    expect(() => evaluate(edm(), () => NaN)).toThrow(
      /denoisingLoss: weight at sigma .* must be a finite number >= 0, got NaN/,
    );
    expect(() => evaluate(edm(), () => -1)).toThrow(/denoisingLoss/);
  });
});
