/**
 * Sampling without a network: for eight Gaussians on a ring the perfect denoiser is a formula, and samplers do not care.
 *
 *     pnpm example 01-sample-from-a-formula [--samples 1000] [--out runs/ring.svg]
 *
 * Prints, for two samplers and several budgets, how far the samples end from where the exact solution of the same ODE
 * ends, and draws the samples step by step.
 */
import { parseArgs } from 'node:util';
import { saveBytes } from '@diptych/data/node';
import { tellErrors } from '@diptych/formats/node';
import { type Denoise, euler, heun, karrasSigmas, key, sample, samplePath } from '@diptych/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

tellErrors('01-sample-from-a-formula');
const { values: flags } = parseArgs({
  options: { samples: { type: 'string', default: '1000' }, out: { type: 'string', default: 'runs/ring.svg' } },
});
const samples = Number(flags.samples);
await tf.setBackend('cpu');

// Data: eight Gaussians of standard deviation s on the unit circle.
const s = 0.08;
const corners = Array.from({ length: 8 }, (_, k) => [Math.cos((k * Math.PI) / 4), Math.sin((k * Math.PI) / 4)]);
const means = tf.tensor2d(corners); // [8, 2]

/** D(x; sigma) = sum_k r_k (mu_k + s^2/(s^2 + sigma^2) (x - mu_k)): which Gaussian a point came from, and where in it. */
const denoise: Denoise = (x, sigma) => {
  const v = s ** 2 + sigma ** 2;
  const squares = tf.sum(tf.squaredDifference(tf.expandDims(x, 1), means), -1); // [B, 8]
  const mean = tf.matMul(tf.softmax(tf.mul(squares, -1 / (2 * v))) as tf.Tensor2D, means); // [B, 2]
  return tf.add(mean, tf.mul(s ** 2 / v, tf.sub(x, mean)));
};

const grid = (steps: number) => karrasSigmas(steps, { sigmaMin: 0.01, sigmaMax: 10 });
const shape = [samples, 2];

// The same noise and 250 steps: as good as exact.
const exact = await sample(heun(), denoise, { sigmas: grid(250), shape, key: key(0) });

console.log('calls of the denoiser    Euler     Heun   (median distance to the exact end point)');
for (const calls of [9, 19, 39, 79]) {
  const errors = [];
  for (const [sampler, steps] of [
    [euler(), calls],
    [heun(), (calls + 1) / 2],
  ] as const) {
    const x = await sample(sampler, denoise, { sigmas: grid(steps), shape, key: key(0) });
    const distances = await tf.norm(tf.sub(x, exact), 2, -1).data();
    errors.push(distances.sort()[samples >> 1]!.toFixed(4).padStart(8));
  }
  console.log(String(calls).padStart(21), errors.join(' '));
}

// A picture: the samples on their way, every third step.
const panels: string[] = [];
for await (const { index, sigma, x } of samplePath(heun(), denoise, { sigmas: grid(16), shape, key: key(0) })) {
  if (index % 3 !== 0) continue;
  const points = await x.data();
  const reach = 1.6 + 2.5 * sigma;
  const dots = Array.from({ length: samples }, (_, i) => {
    const [px, py] = [points[2 * i]!, points[2 * i + 1]!].map((p) => (100 + (90 * p) / reach).toFixed(1));
    return `<circle cx="${px}" cy="${py}" r="0.8"/>`;
  });
  const caption = `<text x="8" y="14" font-size="11" font-family="sans-serif">sigma = ${sigma.toPrecision(2)}</text>`;
  panels.push(`<g transform="translate(${200 * panels.length})">${caption}${dots.join('')}</g>`);
}
const size = `width="${200 * panels.length}" height="200"`;
const background = `<rect ${size} fill="white"/>`;
await saveBytes(
  flags.out,
  `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${background}<g fill="#1b4965">${panels.join('')}</g></svg>`,
);
console.log(`\n${samples} samples on their way from noise to the ring: ${flags.out}`);
