import {
  cosineBetas,
  discreteSchedule,
  linearBetas,
  predictEpsilon,
  type Prediction,
  predictV,
  predictX0,
  scheduledDiffusion,
} from '@diptych/core';
import { minSnr } from '@diptych/core/training';
import type { FixtureCase } from '@diptych/test-utils/fixtures';
import { evaluateGiven, expectGolden, golden, lossParity, type ParityCheck } from '@diptych/test-utils/losses';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { denoisingLoss } from './denoising-loss.ts';
import { hybridBound } from './learned-variance/hybrid-bound.ts';
import { learnedRangeBound } from './learned-variance/learned-range-bound.ts';

const predictions: Record<string, Prediction> = { epsilon: predictEpsilon, x0: predictX0, v: predictV };

function chainOf({ schedule, steps }: FixtureCase['config']) {
  if (schedule === 'linear') {
    const scale = 1000 / steps;
    return discreteSchedule(linearBetas(steps, { start: 1e-4 * scale, end: 0.02 * scale }));
  }
  if (schedule === 'squaredcos_cap_v2') return discreteSchedule(cosineBetas(steps));
  throw new Error(`unknown schedule ${schedule}`);
}

function given({ config, inputs }: FixtureCase) {
  const chain = chainOf(config);
  const timestep = inputs.timestep as number[];
  const [images, noise] = [golden<tf.Rank.R4>(inputs.images), golden<tf.Rank.R4>(inputs.noise)];
  return { chain, timestep, images, noise, sigma: timestep.map((t) => chain.sigmas[t]) };
}

const onPrediction: ParityCheck = (of) => {
  const { config, inputs, expected } = of;
  const { chain, timestep, ...data } = given(of);
  const prediction = predictions[config.prediction];
  if (!prediction) throw new Error(`unknown prediction ${config.prediction}`);
  const diffusion = scheduledDiffusion(chain, { prediction });
  const evaluate = (output: tf.Tensor) =>
    evaluateGiven(denoisingLoss(diffusion), diffusion, { ...data, output: output as tf.Tensor4D });
  const { samples, networkInput, noisy } = evaluate(golden(inputs.output));
  expectGolden(samples!['denoising'].loss, expected.lossPerSample, 'lossPerSample');
  if (expected.alphaBar) {
    expectGolden(
      timestep.map((t) => chain.alphasCumprod[t]),
      expected.alphaBar,
      'alphaBar',
      1e-9,
    );
  }
  if (expected.networkInput) expectGolden(networkInput, expected.networkInput, 'networkInput');
  if (expected.gradOutputOfMean) {
    const gradient = tf.grad((output) => evaluate(output).loss)(golden(inputs.output));
    expectGolden(gradient, expected.gradOutputOfMean, 'gradOutputOfMean');
  }
  if (expected.target) {
    // The process is right when a network that answers the target denoises perfectly.
    const { samples: perfect } = evaluate(golden(expected.target));
    expect(tf.max(perfect!['denoising'].loss).dataSync()[0]).toBeLessThan(1e-7);
    expect(noisy.shape).toEqual(data.images.shape);
  }
};

lossParity('denoising-discrete', {
  ddpm: onPrediction,
  'v-prediction': onPrediction,

  'min-snr': (of) => {
    const { chain, timestep: _, ...data } = given(of);
    const weight = minSnr(of.config.gamma);
    expectGolden(
      data.sigma.map((sigma) => sigma ** -2),
      of.expected.snr,
      'snr',
      1e-9,
    );
    for (const [name, prediction] of Object.entries(predictions)) {
      const diffusion = scheduledDiffusion(chain, { prediction });
      const wanted = of.expected[name];
      const output = golden<tf.Rank.R4>(of.inputs.output);
      const losses = (options: { weight?: (sigma: number) => number }) =>
        evaluateGiven(denoisingLoss(diffusion, options), diffusion, { ...data, output }).samples!['denoising'].loss;
      expectGolden(losses({}), wanted.unweighted, `${name} unweighted`);
      expectGolden(losses({ weight }), wanted.lossPerSample, `${name} lossPerSample`);
      const onPrediction = data.sigma.map((sigma) => weight(sigma) * diffusion.precondition(sigma).cOut ** 2);
      expectGolden(onPrediction, wanted.weight, `${name} weight`, 1e-9);
    }
  },

  'dit-hybrid': (of) => {
    const { config, inputs, expected } = of;
    const { chain, timestep, images, noise } = given(of);
    const scale = (f: (alphaBar: number) => number) =>
      tf.tensor4d(
        timestep.map((t) => f(chain.alphasCumprod[t])),
        [timestep.length, 1, 1, 1],
      );
    const noisy = tf.add(
      tf.mul(images, scale(Math.sqrt)),
      tf.mul(
        noise,
        scale((alphaBar) => Math.sqrt(1 - alphaBar)),
      ),
    ) as tf.Tensor4D;
    const common = { schedule: chain, timestep, images, noisy };
    const kinds: Record<string, (epsilon: tf.Tensor4D, variance: tf.Tensor4D) => tf.Tensor> = {
      mse: (epsilon, variance) => hybridBound(epsilon, variance, { ...common, noise }),
      'rescaled-mse': (epsilon, variance) =>
        hybridBound(epsilon, variance, { ...common, noise, boundWeight: config.steps / 1000 }),
      kl: (epsilon, variance) => learnedRangeBound(epsilon, variance, common),
      'rescaled-kl': (epsilon, variance) => tf.mul(learnedRangeBound(epsilon, variance, common), config.steps),
    };
    const loss = kinds[config.loss];
    if (!loss || config.variance !== 'learned range')
      throw new Error(`unknown loss ${config.loss}, ${config.variance}`);
    const [epsilon, variance] = [golden<tf.Rank.R4>(inputs.epsilon), golden<tf.Rank.R4>(inputs.varianceOutput)];
    expectGolden(loss(epsilon, variance), expected.lossPerSample, 'lossPerSample');
    if (expected.vb) {
      const weight = config.loss === 'rescaled-mse' ? config.steps / 1000 : 1;
      const squared = tf.mean(tf.squaredDifference(epsilon, noise), [1, 2, 3]);
      expectGolden(squared, expected.mse, 'mse');
      expectGolden(tf.mul(learnedRangeBound(epsilon, variance, common), weight), expected.vb, 'vb');
    }
    const mean = (e: tf.Tensor, v: tf.Tensor) => tf.mean(loss(e as tf.Tensor4D, v as tf.Tensor4D));
    const [gradEpsilon, gradVariance] = tf.grads(mean)([epsilon, variance]);
    expectGolden(gradEpsilon!, expected.gradEpsilonOfMean, 'gradEpsilonOfMean');
    expectGolden(gradVariance!, expected.gradVarianceOfMean, 'gradVarianceOfMean');
  },
});
