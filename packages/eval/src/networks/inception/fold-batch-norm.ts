import type { ConvolutionSpec } from './inception-layers.ts';

/** A convolution's kernel [kh, kw, in, out] and what follows it: y scale + shift, per channel. */
export interface FoldedConvolution {
  kernel: Float32Array;
  /** Absent where the kernel holds it. */
  scale?: Float32Array;
  shift: Float32Array;
}

/**
 * The kernel with the channels last, and the batch norm at inference as y scale + shift: scale = weight / sqrt(variance + 0.001),
 * shift = bias - mean scale. Folded, the kernel is multiplied by the scale.
 *
 * @see Ioffe and Szegedy 2015, Batch normalization, algorithm 2, arXiv:1502.03167
 */
export function foldBatchNorm(
  numbers: Readonly<Record<string, Float32Array>>,
  name: string,
  { in: input, out, kernel: [height, width] }: ConvolutionSpec,
  fold: boolean,
): FoldedConvolution {
  const part = (of: string) => numbers[`${name}.bn.${of}`];
  const scale = Float64Array.from(part('weight'), (weight, o) => weight / Math.sqrt(part('running_var')[o] + 0.001));
  const shift = Float32Array.from(part('bias'), (bias, o) => bias - part('running_mean')[o] * scale[o]);

  const from = numbers[`${name}.conv.weight`]; // [out, in, kh, kw]
  const taps = height * width;
  const kernel = new Float32Array(from.length);
  for (let o = 0; o < out; o++) {
    const factor = fold ? scale[o] : 1;
    for (let c = 0; c < input; c++) {
      for (let tap = 0; tap < taps; tap++) {
        kernel[(tap * input + c) * out + o] = factor * from[(o * input + c) * taps + tap];
      }
    }
  }
  return { kernel, shift, ...(!fold && { scale: Float32Array.from(scale) }) };
}
