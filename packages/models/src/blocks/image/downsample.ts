import * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { alongAxes, padLines, weightedSum } from './along-axes.ts';
import { boxFilter, filterPadding, resampleFilter } from './resample-filter.ts';

/** Options of `downsample`. */
export interface DownsampleOptions {
  /** Taps along each axis, of even number; divided by their sum. Default [1, 1], the mean of 2x2 pixels. */
  filter?: readonly number[];
  /** Rows and columns of zeros on each side. Default (taps - 2) / 2, which gives half the size. */
  padding?: number;
}

/**
 * Images of half the size: with f the filter of sum 1 and p the padding, y[i,j] = sum over s, t of f[s] f[t] x[2i + s - p, 2j + t - p],
 * channel by channel, zeros outside. Made of slices and sums, it has a gradient on every backend.
 *
 * **Shapes** [B, H, W, C] -> [B, floor(H/2), floor(W/2), C]; with a padding of p floor((H + 2 p - taps) / 2) + 1 rows.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if x is no image, the taps are odd in number or sum to zero, or the image is smaller than the filter
 * @see Zhang 2019, arXiv:1904.11486, section 3.2; the filter [1, 3, 3, 1]: Song et al. 2021, arXiv:2011.13456, appendix H
 * @example
 * downsample(images, { filter: [1, 3, 3, 1] }); // [8, 32, 32, 3] -> [8, 16, 16, 3]
 */
export function downsample(x: tf.Tensor4D, { filter = boxFilter, padding }: DownsampleOptions = {}): tf.Tensor4D {
  const taps = resampleFilter('downsample', filter);
  const around = padding ?? filterPadding(taps.length);
  check(Number.isInteger(around) && around >= 0, 'downsample', 'padding', 'a whole number of rows', padding);
  const fits = x.rank === 4 && Math.min(x.shape[1], x.shape[2]) + 2 * around >= taps.length;
  check(fits, 'downsample', 'x', `images [B, H, W, C] of at least ${taps.length - 2 * around} rows and columns`, x);
  return tf.tidy(() => alongAxes(x, (lines) => halved(lines, taps, around)));
}

/** Even and odd places become neighbours in the last axis, so that each tap is one slice. */
function halved(x: tf.Tensor3D, taps: readonly number[], padding: number): tf.Tensor3D {
  const [lines, length, width] = x.shape;
  const padded = length + 2 * padding;
  const outputs = Math.floor((padded - taps.length) / 2) + 1;
  const pairs = tf.reshape(padLines(x, padding, padding + (padded % 2)), [lines, -1, 2 * width]) as tf.Tensor3D;
  return weightedSum(
    taps.map((tap, t) => [tf.slice(pairs, [0, t >> 1, (t % 2) * width], [lines, outputs, width]), tap]),
  );
}
