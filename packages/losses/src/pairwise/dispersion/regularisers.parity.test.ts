import { flowSchedule, type NoiseSchedule, type Prediction, predictVelocity, scheduledDiffusion } from '@diptych/core';
import type { NumberArray } from '@diptych/test-utils/fixtures';
import { evaluateGiven, expectGolden, golden, lossParity, type ParityCheck } from '@diptych/test-utils/losses';
import * as tf from '@tensorflow/tfjs-core';
import { denoisingLoss } from '../../denoising/denoising-loss.ts';
import { tokenCosineLoss } from '../cosine/token-cosine-loss.ts';
import { standardizeColumns } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';
import { dispersiveCosine, dispersiveCovariance, dispersiveHinge, dispersiveL2 } from './dispersive-loss.ts';

type Config = Record<string, number | string>;

/** Value and gradient of a loss on features; the distances are those that this library has. */
function onFeatures(distance: string | undefined, loss: (z: tf.Tensor, config: Config) => tf.Scalar): ParityCheck {
  return ({ config, inputs, expected }) => {
    if (config.distance !== distance) throw new Error(`unknown distance ${config.distance}`);
    const f = (z: tf.Tensor) => loss(z, config);
    expectGolden(f(golden(inputs.z)), expected.loss, 'loss');
    expectGolden(tf.grad(f)(golden(inputs.z)), expected.gradZ, 'gradZ');
  };
}

const normalizations: Record<string, ((rows: tf.Tensor2D) => tf.Tensor2D) | undefined> = {
  none: undefined,
  'rows to length 1': (rows) => l2Normalize(rows),
  'columns to mean 0, variance 1 (eps 1e-5)': (rows) => standardizeColumns(rows, 1e-5),
};

const paths: Record<string, { schedule: NoiseSchedule; prediction: Prediction }> = {
  linear: { schedule: flowSchedule(), prediction: predictVelocity },
  cosine: {
    schedule: {
      name: 'cosine path',
      timeRange: { first: 0, last: 1, discrete: false },
      alpha: (t) => Math.cos((Math.PI * t) / 2),
      sigma: (t) => Math.tan((Math.PI * t) / 2),
      time: (s) => (2 * Math.atan(s)) / Math.PI,
    },
    prediction: (alpha, sigma) => [(-Math.PI / 2) * sigma, (Math.PI / 2) * alpha],
  },
};

lossParity('regularisers', {
  'infonce-l2': onFeatures('squared L2 / D', (z, { tau, diagonal }) =>
    dispersiveL2(z, { tau: Number(tau), diagonal: diagonal === 1 }),
  ),
  'infonce-cosine': onFeatures('minus cosine', (z, { tau, diagonal }) =>
    dispersiveCosine(z, { tau: Number(tau), diagonal: diagonal === 1 }),
  ),
  hinge: onFeatures('squared L2 / D', (z, { margin, diagonal }) =>
    dispersiveHinge(z, { margin: Number(margin), diagonal: diagonal === 1 }),
  ),
  covariance: onFeatures(undefined, (z, { normalise, ddof }) => {
    if (!(String(normalise) in normalizations)) throw new Error(`unknown normalization ${normalise}`);
    const normalize = normalizations[String(normalise)];
    return dispersiveCovariance(z, { ...(normalize && { normalize }), ddof: Number(ddof) as 0 | 1 });
  }),

  repa: ({ config, inputs, expected }) => {
    const path = paths[config.path];
    if (!path || config.prediction !== 'v')
      throw new Error(`unknown path ${config.path} or prediction ${config.prediction}`);
    const diffusion = scheduledDiffusion(path.schedule, { prediction: path.prediction });
    const sigma = (inputs.time.data as number[]).map(path.schedule.sigma);
    const [images, noise] = [golden<tf.Rank.R4>(inputs.images), golden<tf.Rank.R4>(inputs.noise)];
    const evaluate = (output: tf.Tensor) =>
      evaluateGiven(denoisingLoss(diffusion), diffusion, { images, noise, sigma, output: output as tf.Tensor4D });
    const targets = (inputs.target as NumberArray[]).map((of) => golden(of));
    const projected = (inputs.projected as NumberArray[]).map((of) => golden(of));
    // Several encoders: the mean of their losses.
    const projection = (features: readonly tf.Tensor[]) =>
      tf.div(tf.addN(features.map((of, i) => tokenCosineLoss(of, targets[i]))), features.length) as tf.Scalar;

    const { networkInput, samples } = evaluate(golden(inputs.prediction));
    expectGolden(networkInput, expected.modelInput, 'modelInput');
    expectGolden(samples!['denoising'].loss, expected.denoisingPerSample, 'denoisingPerSample');
    expectGolden(projection(projected), expected.projection, 'projection');
    const total = (output: tf.Tensor, ...features: tf.Tensor[]) => tf.add(evaluate(output).loss, projection(features));
    const [gradPrediction, ...gradProjected] = tf.grads(total)([golden(inputs.prediction), ...projected]);
    expectGolden(gradPrediction!, expected.gradPrediction, 'gradPrediction');
    gradProjected.forEach((gradient, i) => expectGolden(gradient, expected.gradProjected[i], `gradProjected ${i}`));
  },
});
