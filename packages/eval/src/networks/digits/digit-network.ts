import type { Batch } from '@diptych/core';

/** Shapes of the network's weights, in the order in which they are stored. Kernels are [height, width, in, out]. */
export const digitWeightShapes = {
  'conv1.kernel': [3, 3, 1, 16],
  'conv1.bias': [16],
  'conv2.kernel': [3, 3, 16, 24],
  'conv2.bias': [24],
  'features.kernel': [384, 64],
  'features.bias': [64],
  'head.kernel': [64, 10],
  'head.bias': [10],
} as const;

/** The network's weights by name. */
export type DigitWeights = Record<keyof typeof digitWeightShapes, Float32Array>;

/** What the network says of each image. */
export interface DigitOutputs {
  /** [B, 64], before the last rectifier. */
  features: Float32Array;
  /** [B, 10] */
  logits: Float32Array;
}

const relu = (value: number) => (value > 0 ? value : 0);

/**
 * The digit classifier on the host: 3x3 convolution to 16 channels, 3x3 convolution of stride 2 to 24, 64 features, 10
 * classes, rectifiers between. Plain loops, so that its numbers are the same on every backend, to the last bit.
 */
export function digitNetwork(weights: DigitWeights, x: Batch['x'], count: number): DigitOutputs {
  const toInk = x instanceof Uint8Array ? (level: number) => level / 255 : (pixel: number) => (pixel + 1) / 2;
  const features = new Float32Array(count * 64);
  const logits = new Float32Array(count * 10);
  for (let i = 0; i < count; i++) {
    const ink = Float32Array.from(x.subarray(i * 64, (i + 1) * 64), toInk);
    const first = convolve(ink, 8, 1, weights['conv1.kernel'], weights['conv1.bias'], 1);
    const second = convolve(first, 8, 16, weights['conv2.kernel'], weights['conv2.bias'], 2);
    const feature = dense(second, weights['features.kernel'], weights['features.bias']);
    features.set(feature, i * 64);
    logits.set(dense(feature.map(relu), weights['head.kernel'], weights['head.bias']), i * 10);
  }
  return { features, logits };
}

/** 3x3 convolution of a square map with padding as TensorFlow's SAME has it, then the rectifier. */
function convolve(
  map: Float32Array,
  side: number,
  channels: number,
  kernel: Float32Array,
  bias: Float32Array,
  stride: 1 | 2,
): Float32Array {
  const outSide = side / stride;
  const out = bias.length;
  const before = stride === 1 ? 1 : 0; // SAME pads 1 + 1 for stride 1, and 0 + 1 for stride 2 on an even side
  const result = new Float32Array(outSide * outSide * out);
  const sums = new Float64Array(out);
  for (let row = 0; row < outSide; row++) {
    for (let column = 0; column < outSide; column++) {
      sums.set(bias);
      for (let dy = 0; dy < 3; dy++) {
        const y = row * stride + dy - before;
        if (y < 0 || y >= side) continue;
        for (let dx = 0; dx < 3; dx++) {
          const x = column * stride + dx - before;
          if (x < 0 || x >= side) continue;
          for (let c = 0; c < channels; c++) {
            const value = map[(y * side + x) * channels + c];
            const at = ((dy * 3 + dx) * channels + c) * out;
            for (let o = 0; o < out; o++) sums[o] += value * kernel[at + o];
          }
        }
      }
      const to = (row * outSide + column) * out;
      for (let o = 0; o < out; o++) result[to + o] = relu(sums[o]);
    }
  }
  return result;
}

function dense(vector: Float32Array, kernel: Float32Array, bias: Float32Array): Float32Array {
  const out = bias.length;
  const sums = Float64Array.from(bias);
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i];
    if (value !== 0) for (let o = 0; o < out; o++) sums[o] += value * kernel[i * out + o];
  }
  return Float32Array.from(sums);
}
