// Trains the frozen feature network behind "FD-digits" and writes its weights to src/digits/weights.ts. Run from the
// repository's root: npx tsx packages/eval/scripts/train-digit-features.ts
//
// Training part of the digits only; the validation part is watched, the test part is looked at once, at the end.
import { writeFileSync } from 'node:fs';
import { toBatch, batches, digitSplits } from '@diptych/data';
import type { Batch, Key } from '@diptych/core';
import { foldIn, key, normalArray, uniformArray } from '@diptych/core';
import { conv2d } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import { digitNetwork, digitWeightShapes } from '../src/networks/digits/digit-network.ts';
import type { DigitWeights } from '../src/networks/digits/digit-network.ts';

const recipe = {
  seed: 0,
  epochs: 100,
  batchSize: 48,
  learningRate: 2e-3,
  weightDecay: 0.02,
  labelSmoothing: 0.1,
  rotation: 15,
  zoom: 0.15,
  shift: 0.8,
};
type Name = keyof DigitWeights;
const names = Object.keys(digitWeightShapes) as Name[];
const root = key(recipe.seed);

await tf.setBackend('wasm');
await tf.ready();

const variables = Object.fromEntries(
  names.map((name, i) => {
    const shape = [...digitWeightShapes[name]];
    const size = shape.reduce((a, b) => a * b, 1);
    const scale = name.endsWith('bias') ? 0 : Math.sqrt(2 / (size / shape[shape.length - 1]));
    const values = normalArray(foldIn(root, i), size).map((z) => z * scale);
    return [name, tf.variable(tf.tensor(values, shape), true, name)];
  }),
) as Record<Name, tf.Variable>;

function logitsOf(x: tf.Tensor4D): tf.Tensor2D {
  const at = (name: Name) => variables[name];
  const first = tf.relu(
    conv2d(x, at('conv1.kernel') as tf.Tensor4D, at('conv1.bias') as tf.Tensor1D, { strides: 1, padding: 'same' }),
  );
  const second = tf.relu(
    conv2d(first as tf.Tensor4D, at('conv2.kernel') as tf.Tensor4D, at('conv2.bias') as tf.Tensor1D, {
      strides: 2,
      padding: 'same',
    }),
  );
  const flat = tf.reshape(second, [x.shape[0], 384]);
  const features = tf.add(tf.matMul(flat, at('features.kernel') as tf.Tensor2D), at('features.bias'));
  return tf.add(tf.matMul(tf.relu(features) as tf.Tensor2D, at('head.kernel') as tf.Tensor2D), at('head.bias'));
}

/** Ink 0..1, turned, zoomed and shifted a little (bilinear; paper outside). */
function augmented(batch: Batch, key: Key): Float32Array {
  const count = batch.shape[0];
  const u = uniformArray(key, count * 4);
  const ink = new Float32Array(count * 64);
  for (let i = 0; i < count; i++) {
    const [turn, zoom, right, down] = [0, 1, 2, 3].map((j) => 2 * u[i * 4 + j] - 1);
    const angle = (turn * recipe.rotation * Math.PI) / 180;
    const size = 1 + zoom * recipe.zoom;
    const pixel = (y: number, x: number) =>
      y < 0 || y > 7 || x < 0 || x > 7 ? 0 : (batch.x[i * 64 + y * 8 + x] + 1) / 2;
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const [dx, dy] = [(x - 3.5 - right * recipe.shift) / size, (y - 3.5 - down * recipe.shift) / size];
        const sx = Math.cos(angle) * dx - Math.sin(angle) * dy + 3.5;
        const sy = Math.sin(angle) * dx + Math.cos(angle) * dy + 3.5;
        const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
        const [fx, fy] = [sx - x0, sy - y0];
        ink[i * 64 + y * 8 + x] =
          (1 - fy) * ((1 - fx) * pixel(y0, x0) + fx * pixel(y0, x0 + 1)) +
          fy * ((1 - fx) * pixel(y0 + 1, x0) + fx * pixel(y0 + 1, x0 + 1));
      }
    }
  }
  return ink;
}

/** Float16 bits of a number, rounded to nearest even; what is too small for a normal number becomes 0. */
function halfBits(value: number): number {
  const [bits] = new Uint32Array(new Float32Array([value]).buffer);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude < 0x38800000) return sign;
  if (magnitude >= 0x47800000) throw new Error(`${value} does not fit into float16`);
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

function halfValue(bits: number): number {
  const magnitude = bits & 0x7fff;
  return magnitude === 0
    ? 0
    : (bits & 0x8000 ? -1 : 1) * 2 ** ((magnitude >> 10) - 15) * (1 + (magnitude & 1023) / 1024);
}

function accuracy(weights: DigitWeights, { x, label, shape }: Batch): number {
  const { logits } = digitNetwork(weights, x, shape[0]);
  let right = 0;
  for (let i = 0; i < shape[0]; i++) {
    const row = logits.subarray(i * 10, (i + 1) * 10);
    if (row.indexOf(Math.max(...row)) === label![i]) right++;
  }
  return right / shape[0];
}

const { train, validation, test } = digitSplits();
const stream = batches(train, { batchSize: recipe.batchSize, key: foldIn(root, 100) });
const steps = recipe.epochs * stream.stepsPerEpoch;
const optimizer = tf.train.adam(recipe.learningRate);
const held = await toBatch(validation);
const started = performance.now();

for (let step = 0; step < steps; step++) {
  const batch = await stream.at(step);
  const rate = recipe.learningRate * Math.min(1, (step + 1) / 100) * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  (optimizer as unknown as { learningRate: number }).learningRate = rate;
  const loss = tf.tidy(() => {
    const x = tf.tensor4d(augmented(batch, foldIn(foldIn(root, 101), step)), [recipe.batchSize, 8, 8, 1]);
    const hot = tf.oneHot(tf.tensor1d(batch.label!, 'int32'), 10);
    const target = tf.add(tf.mul(hot, 1 - recipe.labelSmoothing), recipe.labelSmoothing / 10);
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logitsOf(x)), target), -1))) as tf.Scalar,
    );
    optimizer.applyGradients(grads);
    for (const name of names) {
      if (name.endsWith('kernel')) variables[name].assign(tf.mul(variables[name], 1 - rate * recipe.weightDecay));
    }
    return value.dataSync()[0];
  });
  if ((step + 1) % (10 * stream.stepsPerEpoch) === 0) {
    const current = Object.fromEntries(names.map((name) => [name, variables[name].dataSync()])) as DigitWeights;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(
      `step ${step + 1}/${steps}, loss ${loss.toFixed(4)}, validation ${accuracy(current, held).toFixed(4)}, ${seconds} s`,
    );
  }
}

const halves = Uint16Array.from(names.flatMap((name) => Array.from(variables[name].dataSync(), halfBits)));
let offset = 0;
const stored = Object.fromEntries(
  names.map((name) => {
    const size = variables[name].size;
    offset += size;
    return [name, Float32Array.from(halves.subarray(offset - size, offset), halfValue)];
  }),
) as DigitWeights;
const figures = {
  trainAccuracy: accuracy(stored, await toBatch(train)),
  validationAccuracy: accuracy(stored, held),
  testAccuracy: accuracy(stored, await toBatch(test)),
};
console.log(figures);

writeFileSync(
  new URL('../src/networks/digits/weights.ts', import.meta.url),
  `// Made by scripts/train-digit-features.ts.

/** How the network was trained and what the stored weights score on each part of the digits. */
export const digitTraining = ${JSON.stringify({ ...recipe, steps, ...figures }, null, 2)} as const;

/** All weights in the order of digitWeightShapes, float16 little-endian, in base64. */
export const digitHalves =
  '${Buffer.from(halves.buffer).toString('base64')}';
`,
);
