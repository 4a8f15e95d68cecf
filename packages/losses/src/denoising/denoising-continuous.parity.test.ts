import {
  edm,
  type NoiseSchedule,
  preconditioned,
  type Prediction,
  predictVelocity,
  type Diffusion,
  scheduledDiffusion,
  vpSchedule,
} from '@diptych/core';
import { normalCdf } from '@diptych/core/numeric';
import { veSchedule } from '@diptych/core/schedules';
import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { evaluateGiven, expectGolden, golden, lossParity, type ParityCheck } from '@diptych/test-utils/losses';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { denoisingLoss } from './denoising-loss.ts';
import { uncertaintyWeighted } from './learned-uncertainty.ts';

const images = ({ inputs }: FixtureCase) => ({
  images: golden<tf.Rank.R4>(inputs.images),
  noise: golden<tf.Rank.R4>(inputs.noise),
});
const size = ({ shape }: NumberArray) => shape.reduce((a, b) => a * b, 1);

/** A loss on what is given as D; the reference sums where this library takes the mean. */
function onDenoised(of: FixtureCase, diffusion: Diffusion, sigma: number[]): void {
  const { inputs, expected } = of;
  const count = size(inputs.images);
  const evaluate = (denoised: tf.Tensor) =>
    evaluateGiven(denoisingLoss(diffusion), diffusion, { ...images(of), sigma, denoised: denoised as tf.Tensor4D });
  const { loss, samples, noisy } = evaluate(golden(inputs.denoised));
  expectGolden(tf.mul(loss, count), expected.lossSum, 'lossSum');
  if (expected.sigma) expectGolden(sigma, expected.sigma, 'sigma', 1e-9);
  if (expected.weight)
    expectGolden(
      sigma.map((s) => diffusion.weight(s)),
      expected.weight,
      'weight',
      1e-9,
    );
  if (expected.networkInput) expectGolden(noisy, expected.networkInput, 'networkInput');
  if (expected.lossMean) expectGolden(loss, expected.lossMean, 'lossMean');
  if (expected.lossPerSampleMean)
    expectGolden(samples!['denoising'].loss, expected.lossPerSampleMean, 'lossPerSampleMean');
  if (expected.gradDenoisedOfSum) {
    const gradient = tf.grad((denoised) => tf.mul(evaluate(denoised).loss, count))(golden(inputs.denoised));
    expectGolden(gradient, expected.gradDenoisedOfSum, 'gradDenoisedOfSum');
  }
}

/** The paths of flow matching with data at t = 0, and what dx_t/dt is made of. */
const timeRange = { first: 0, last: 1, discrete: false };
const paths: Record<string, { schedule: NoiseSchedule; velocity: Prediction }> = {
  linear: {
    schedule: { name: 'linear', timeRange, alpha: (t) => 1 - t, sigma: (t) => t / (1 - t), time: (s) => s / (1 + s) },
    velocity: predictVelocity,
  },
  gvp: {
    schedule: {
      name: 'gvp',
      timeRange,
      alpha: (t) => Math.cos((Math.PI * t) / 2),
      sigma: (t) => Math.tan((Math.PI * t) / 2),
      time: (s) => (2 * Math.atan(s)) / Math.PI,
    },
    velocity: (alpha, sigma) => [(-Math.PI / 2) * sigma, (Math.PI / 2) * alpha],
  },
  vp: {
    schedule: vpSchedule(),
    // d ln alpha / dt = -beta(t)/2 with beta(t) = 0.1 + 19.9 t, and alpha^2 + sigma^2 = 1.
    velocity: (alpha, sigma) => {
      const slope = -(0.1 + 19.9 * vpSchedule().time(sigma / alpha)) / 2;
      return [slope * alpha, (-slope * alpha ** 2) / sigma];
    },
  },
};

const flow: ParityCheck = (of) => {
  const { config, inputs, expected } = of;
  const path = paths[config.path];
  if (!path) throw new Error(`unknown path ${config.path}`);
  const { schedule, velocity } = path;
  const diffusion = scheduledDiffusion(schedule, { prediction: velocity });
  // The reference runs time from noise to data, so its velocity is the negative of ours.
  const sigma = (inputs.referenceTime.data as number[]).map((time) => schedule.sigma(1 - time));
  const evaluate = (output: tf.Tensor) =>
    evaluateGiven(denoisingLoss(diffusion), diffusion, { ...images(of), sigma, output: tf.neg(output) as tf.Tensor4D });
  const { networkInput, samples } = evaluate(golden(inputs.output));
  expectGolden(networkInput, expected.networkInput, 'networkInput');
  expectGolden(samples!['denoising'].loss, expected.lossPerSample, 'lossPerSample');
  const gradient = tf.grad((output) => evaluate(output).loss)(golden(inputs.output));
  expectGolden(gradient, expected.gradOutputOfMean, 'gradOutputOfMean');
  const perfect = evaluate(golden(expected.target)).samples!['denoising'].loss;
  expect(tf.max(perfect).dataSync()[0]).toBeLessThan(1e-6 * Math.max(...expected.lossPerSample.data, 1));
};

lossParity('denoising-continuous', {
  edm: (of) => {
    const { pMean, pStd, sigmaData } = of.config;
    const diffusion = edm({ pMean, pStd, sigmaData });
    const gaussian = of.inputs.gaussian.data as number[];
    onDenoised(
      of,
      diffusion,
      gaussian.map((z) => diffusion.sigmaQuantile(normalCdf(z))),
    );
  },

  'edm-precond': ({ config, inputs, expected }) => {
    const diffusion = edm({ sigmaData: config.sigmaData });
    let seen: tf.Tensor4D | undefined;
    const network = {
      forward: ({ x }: { x: tf.Tensor4D }) => {
        seen = tf.keep(tf.clone(x));
        return { output: golden<tf.Rank.R4>(inputs.rawOutput), features: {} };
      },
      variables: () => ({}),
      trainableVariables: () => ({}),
      tapNames: () => [],
    };
    const sigma = inputs.sigma.data as number[];
    const { denoised } = preconditioned(network, diffusion, golden(inputs.x), sigma);
    expectGolden(denoised, expected.denoised, 'denoised');
    expectGolden(seen!, expected.networkInput, 'networkInput');
    expectGolden(
      sigma.map((s) => diffusion.precondition(s).cNoise),
      expected.cNoise,
      'cNoise',
      1e-9,
    );
    seen!.dispose();
  },

  'edm2-uncertainty': (of) => {
    const { config, inputs, expected } = of;
    const { pMean, pStd, sigmaData } = config;
    const diffusion = edm({ pMean, pStd, sigmaData });
    const sigma = (inputs.gaussian.data as number[]).map((z) => diffusion.sigmaQuantile(normalCdf(z)));
    const count = size(inputs.images);
    const loss = (denoised: tf.Tensor, logVariance: tf.Tensor) => {
      const uncertainty = {
        setup: () => {},
        logVariance: () => logVariance as tf.Tensor1D,
        trainableVariables: () => ({}),
        variables: () => ({}),
        dispose: () => {},
      };
      const objective = denoisingLoss(diffusion, { uncertainty });
      return evaluateGiven(objective, diffusion, { ...images(of), sigma, denoised: denoised as tf.Tensor4D }).loss;
    };
    const [denoised, logvar] = [golden(inputs.denoised), golden(inputs.logvar)];
    expectGolden(loss(denoised, logvar), expected.lossMean, 'lossMean');
    expectGolden(tf.mul(loss(denoised, logvar), count), expected.lossSum, 'lossSum');
    const [gradDenoised, gradLogvar] = tf.grads((d, u) => tf.mul(loss(d, u), count))([denoised, logvar]);
    expectGolden(gradDenoised!, expected.gradDenoisedOfSum, 'gradDenoisedOfSum');
    expectGolden(gradLogvar!, expected.gradLogvarOfSum, 'gradLogvarOfSum');
    expect(uncertaintyWeighted(tf.scalar(2), tf.scalar(0)).dataSync()[0]).toBe(2);
  },

  vp: (of) => {
    const { betaD, betaMin, epsilonT } = of.config;
    const schedule = vpSchedule({ betaD, betaMin });
    const diffusion = scheduledDiffusion(schedule, { sigmaQuantile: (u) => schedule.sigma(1 + u * (epsilonT - 1)) });
    onDenoised(of, diffusion, (of.inputs.uniform.data as number[]).map(diffusion.sigmaQuantile));
  },

  ve: (of) => {
    const { sigmaMin, sigmaMax } = of.config;
    const diffusion = scheduledDiffusion(veSchedule({ sigmaMin, sigmaMax }));
    onDenoised(of, diffusion, (of.inputs.uniform.data as number[]).map(diffusion.sigmaQuantile));
  },

  flow,
});
