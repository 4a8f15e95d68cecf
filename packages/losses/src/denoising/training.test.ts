import {
  cosineBetas,
  discreteSchedule,
  edm,
  flowSchedule,
  foldIn,
  iddpm,
  key,
  linearBetas,
  type Network,
  normalTensor,
  predictV,
  predictVelocity,
  predictX0,
  type Diffusion,
  scaledLinearBetas,
  scheduledDiffusion,
  ve,
  vp,
} from '@diptych/core';
import { cosineSchedule, edmSchedule, respacedBetas, spaceTimesteps, zeroTerminalSnr } from '@diptych/core/schedules';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateObjective } from '../objective/evaluate-objective.ts';
import { stratifiedDraws } from '../objective/draws.ts';
import { denoisingLoss } from './denoising-loss.ts';

const std = 0.5;
const knots = 48;

/**
 * F = k(noise) x, all that the optimal network of Gaussian data needs: k is piecewise linear between knots, which lie at the noise labels
 * that the process is trained with.
 */
function linearNetwork(diffusion: Diffusion): Network & { dispose(): void } {
  const label = (u: number) => diffusion.precondition(diffusion.sigmaQuantile(u)).cNoise;
  const all = Array.from({ length: knots }, (_, i) => label((i + 0.5) / knots));
  const at = [...new Set(all)].sort((a, b) => a - b);
  const k = tf.variable(tf.zeros([at.length, 1]));
  const weights = (noise: number) => {
    const above = at.findIndex((knot) => knot >= noise);
    const high = above < 0 ? at.length - 1 : Math.max(1, above);
    const share = Math.min(Math.max((noise - at[high - 1]) / (at[high] - at[high - 1]), 0), 1);
    return at.map((_, i) => (i === high ? share : i === high - 1 ? 1 - share : 0));
  };
  return {
    forward({ x, noise }) {
      const rows = tf.tensor2d(Array.from(noise.dataSync(), weights));
      const own = tf.reshape(tf.matMul(rows, k as unknown as tf.Tensor2D), [-1, 1, 1, 1]);
      return { output: tf.mul(x, own) as tf.Tensor4D, features: {} };
    },
    variables: () => ({ k }),
    trainableVariables: () => ({ k }),
    tapNames: () => [],
    dispose: () => k.dispose(),
  };
}

/** The least loss there is: the mean over the training density of weight s^2 sigma^2/(s^2 + sigma^2), the variance of x0 given x. */
function leastLoss(diffusion: Diffusion): number {
  const n = 20000;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const sigma = diffusion.sigmaQuantile((i + 0.5) / n);
    // Written so that pure noise does not overflow.
    sum += (diffusion.weight(sigma) * std ** 2) / (1 + (std / sigma) ** 2);
  }
  return sum / n;
}

const chain = discreteSchedule(linearBetas());
const processes: Record<string, () => Diffusion> = {
  'edm()': () => edm({ sigmaData: std }),
  'vp()': () => vp(),
  've()': () => ve(),
  'iddpm()': () => iddpm({ levels: 200 }),
  'DDPM, epsilon': () => scheduledDiffusion(chain),
  'DDPM, x0': () => scheduledDiffusion(chain, { prediction: predictX0 }),
  'DDPM, v': () => scheduledDiffusion(chain, { prediction: predictV }),
  'cosine chain, epsilon': () => scheduledDiffusion(discreteSchedule(cosineBetas())),
  'cosine chain, v': () => scheduledDiffusion(discreteSchedule(cosineBetas()), { prediction: predictV }),
  'Stable Diffusion chain, epsilon': () => scheduledDiffusion(discreteSchedule(scaledLinearBetas())),
  'zero terminal SNR, v': () =>
    scheduledDiffusion(discreteSchedule(zeroTerminalSnr(scaledLinearBetas())), { prediction: predictV }),
  'chain of 50 of 1000': () =>
    scheduledDiffusion(discreteSchedule(respacedBetas(linearBetas(), spaceTimesteps('ddim50')))),
  'chain of 20': () => scheduledDiffusion(discreteSchedule(cosineBetas(20)), { prediction: predictX0 }),
  'flow, velocity': () => scheduledDiffusion(flowSchedule(), { prediction: predictVelocity }),
  'cosine process, v': () => scheduledDiffusion(cosineSchedule(), { prediction: predictV }),
  'EDM schedule, epsilon': () => scheduledDiffusion(edmSchedule({ sigmaMax: 5 })),
};

/** Mean loss of steps of Adam, then of fresh draws. */
async function train(diffusion: Diffusion): Promise<number> {
  const network = linearNetwork(diffusion);
  const objective = denoisingLoss(diffusion);
  const optimizer = tf.train.adam(0.05);
  const loss = (step: number, count: number) => {
    const x = tf.mul(normalTensor(foldIn(key(1), step), [count, 2, 2, 1]), std) as tf.Tensor4D;
    const of = { network, batch: { x, views: [] }, key: foldIn(key(2), step), step, draws: stratifiedDraws };
    return evaluateObjective(objective, of).loss;
  };
  const steps = 200;
  for (let step = 0; step < steps; step++) {
    const { grads } = tf.tidy(() => tf.variableGrads(() => loss(step, 128)));
    // Down to a twentieth: what is left of the noise of Adam's steps is then small.
    (optimizer as unknown as { learningRate: number }).learningRate = 0.05 * (1 - (0.95 * step) / steps);
    optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
    tf.dispose(grads);
  }
  let total = 0;
  const rounds = 8;
  for (let i = 0; i < rounds; i++) total += tf.tidy(() => loss(1000 + i, 512).dataSync()[0]) / rounds;
  optimizer.dispose();
  network.dispose();
  return total;
}

describe('denoisingLoss() of every process, trained on Gaussian data with the network that can be optimal', () => {
  beforeAll(() => tf.setBackend('cpu'));
  afterAll(() => tf.disposeVariables());

  it.each(Object.entries(processes))('%s: falls to the least loss, that of the closed form', async (_, make) => {
    const diffusion = make();
    const [least, reached] = [leastLoss(diffusion), await train(diffusion)];
    expect(Math.abs(reached / least - 1), `${reached}, the least is ${least}`).toBeLessThan(0.05);
  });
});
